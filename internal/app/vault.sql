select case when s.id is null then vault.create_secret($2, $1) else null end, case when s.id is not null then vault.update_secret(s.id, $2) end
from (select 1) one left join vault.secrets s on s.name = $1
