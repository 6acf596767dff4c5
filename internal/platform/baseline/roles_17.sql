GRANT pg_create_subscription TO postgres WITH ADMIN OPTION;
