-- $1 all claims as JSON, $2 its sub, $3 its role, $4 the role to become. Functions written before PostgREST 9 read the
-- settings of single claims.
select set_config('request.jwt.claims', $1, true),
       set_config('request.jwt.claim.sub', $2, true),
       set_config('request.jwt.claim.role', $3, true),
       set_config('role', $4, true)
