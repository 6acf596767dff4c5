-- Roles that only projects on Postgres 15 images hold.
CREATE ROLE pgsodium_keyiduser;
CREATE ROLE pgsodium_keyholder IN ROLE pgsodium_keyiduser;
CREATE ROLE pgsodium_keymaker IN ROLE pgsodium_keyholder;
