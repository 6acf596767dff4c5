-- Recommends indexes for a query. Here it says what the query costs, and recommends none.

CREATE FUNCTION index_advisor(query text) RETURNS TABLE (
    startup_cost_before jsonb, startup_cost_after jsonb, total_cost_before jsonb, total_cost_after jsonb,
    index_statements text[], errors text[]
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE format('EXPLAIN (FORMAT json) %s', query) INTO plan;
    plan := plan -> 0 -> 'Plan';
    RETURN QUERY SELECT plan -> 'Startup Cost', plan -> 'Startup Cost', plan -> 'Total Cost', plan -> 'Total Cost',
        '{}'::text[], '{}'::text[];
EXCEPTION WHEN OTHERS THEN
    RETURN QUERY SELECT NULL::jsonb, NULL::jsonb, NULL::jsonb, NULL::jsonb, '{}'::text[], ARRAY[SQLERRM];
END
$$;
