package emulate_test

import (
	"testing"

	"github.com/cairndb/cairn/internal/pgtest"
)

// What Supabase's guide to geo queries does: places, an index, what is near and what is in view.
func TestPostgisPlaces(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, `
			CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA extensions;
			CREATE TABLE public.restaurants (name text PRIMARY KEY, location extensions.geography(POINT) NOT NULL, area extensions.geometry(Polygon, 4326));
			INSERT INTO public.restaurants (name, location) VALUES
				('Supa Burger', extensions.st_point(-73.946823, 40.807416)), ('Supa Pizza', 'POINT(-73.94581 40.807475)'),
				('Supa Taco', '0101000020E61000006A4DF38E537C52C03F355EBA496C4440');
			CREATE INDEX restaurants_geo_index ON public.restaurants USING gist (location);
			INSERT INTO public.restaurants SELECT 'r' || g, extensions.st_makepoint(g, 10) FROM generate_series(1, 170) g;
			CREATE FUNCTION public.nearby(lat float, long float) RETURNS TABLE (name text, metres float) LANGUAGE sql STABLE SET search_path = '' AS $$
				SELECT name, extensions.st_distance(location, extensions.st_point(long, lat)::extensions.geography) FROM public.restaurants
				ORDER BY location OPERATOR(extensions.<->) extensions.st_point(long, lat)::extensions.geography $$`)
		answers(t, conn, [][2]string{
			{`SELECT string_agg(name, ',') FROM (SELECT name FROM public.nearby(40.807313, -73.946713) LIMIT 2) n`, "Supa Burger,Supa Pizza"},
			{`SELECT round(metres::numeric) FROM public.nearby(40.807416, -73.946823) OFFSET 1`, "86"},
			{`SELECT st_astext(location, 5) FROM public.restaurants WHERE name = 'Supa Taco'`, "POINT(-73.9426 40.846)"},
			{`SELECT string_agg(name, ',' ORDER BY name) FROM public.restaurants WHERE location && st_setsrid(st_makebox2d(st_point(-73.9470, 40.8073), st_point(-73.9457, 40.8075)), 4326)`, "Supa Burger,Supa Pizza"},
			{`SELECT string_agg(format_type(atttypid, atttypmod), ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'public.restaurants'::regclass AND attnum > 1`, "geography(Point,4326) geometry(Polygon,4326)"},
			{`SELECT atttypmod FROM pg_attribute WHERE attrelid = 'public.restaurants'::regclass AND attname = 'location'`, "1107460"},
			{`SELECT indexdef FROM pg_indexes WHERE indexname = 'restaurants_geo_index'`, "CREATE INDEX restaurants_geo_index ON public.restaurants USING gist (location)"},
			{`SELECT f_table_name || ' ' || type || ' ' || srid FROM geometry_columns WHERE f_table_schema = 'public'`, "restaurants POLYGON 4326"},
			{`SELECT f_geography_column || ' ' || type || ' ' || srid FROM geography_columns`, "location Point 4326"},
		})
		refused(t, conn, `INSERT INTO public.restaurants (name, location, area) VALUES ('x', 'POINT(1 2)', 'SRID=4326;POINT(1 2)')`,
			"Geometry type (Point) does not match column type (Polygon)")
		refused(t, conn, `INSERT INTO public.restaurants (name, location, area) VALUES ('x', 'POINT(1 2)', 'POLYGON((0 0,1 0,1 1,0 0))')`,
			"Geometry SRID (0) does not match column SRID (4326)")
		refused(t, conn, `INSERT INTO public.restaurants (name, location) VALUES ('x', 'nowhere')`, "parse error - invalid geometry")
	})
}

func TestPostgisFunctions(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, `CREATE EXTENSION postgis`)
		answers(t, conn, [][2]string{
			{`SELECT st_distance(st_point(0, 0), st_point(3, 4))`, "5"},
			{`SELECT round(st_distance('POINT(0 0)'::geography, 'POINT(0 1)'::geography)::numeric, 3)`, "110574.389"},
			{`SELECT round(st_distance('POINT(0 0)'::geography, 'POINT(1 0)'::geography)::numeric, 3)`, "111319.491"},
			{`SELECT round(st_distance('POINT(0 0)'::geography, 'POINT(1 0)'::geography, false)::numeric, 3)`, "111195.080"},
			{`SELECT st_dwithin('POINT(0 0)'::geography, 'POINT(0 1)'::geography, 110574) || ' ' || st_dwithin('POINT(0 0)'::geography, 'POINT(0 1)'::geography, 110575)`, "false true"},
			{`SELECT st_setsrid(st_makepoint(1, 2), 4326)`, "0101000020E6100000000000000000F03F0000000000000040"},
			{`SELECT st_asewkt('0101000020E6100000000000000000F03F0000000000000040'::geometry)`, "SRID=4326;POINT(1 2)"},
			{`SELECT st_asgeojson(st_geomfromgeojson('{"type":"Polygon","coordinates":[[[0,0],[1.5,0],[1,1],[0,0]]]}'))`, `{"type":"Polygon","coordinates":[[[0,0],[1.5,0],[1,1],[0,0]]]}`},
			{`SELECT row_to_json(r) FROM (SELECT 1 AS id, st_setsrid(st_point(1, 2), 4326) AS at) r`, `{"id":1,"at":{"type":"Point","coordinates":[1,2]}}`},
			{`SELECT st_x(st_point(1.5, 2)) || ' ' || st_y(st_geogfromtext('POINT(1.5 2)')::geometry) || ' ' || st_srid(st_geomfromtext('POINT(1 2)', 3857))`, "1.5 2 3857"},
			{`SELECT st_contains(e, st_point(5, 5)) || ' ' || st_within(st_point(0, 5), e) || ' ' || st_covers(e, st_point(0, 5)) || ' ' || st_intersects(e, st_makeenvelope(9, 9, 12, 12)) || ' ' || st_contains(e, st_makeenvelope(9, 9, 12, 12)) FROM st_makeenvelope(0, 0, 10, 10) e`, "true false true true false"},
			{`SELECT st_area('POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 2,1 1))'::geometry) || ' ' || st_length('LINESTRING(0 0,3 4)'::geometry) || ' ' || st_astext(st_centroid(st_makeenvelope(0, 0, 2, 4)))`, "15 5 POINT(1 2)"},
			{`SELECT round((st_area(st_makeenvelope(0, 0, 1, 1, 4326)::geography) / 1e6)::numeric)`, "12308"},
			{`SELECT st_distance('LINESTRING(0 0,10 0)'::geometry, st_point(5, 3)) || ' ' || st_astext(st_closestpoint('LINESTRING(0 0,10 0)', st_point(5, 3)))`, "3 POINT(5 0)"},
			{`SELECT st_astext(st_transform('SRID=4326;POINT(-71.1 42.3)'::geometry, 3857), 3)`, "POINT(-7914815.795 5206024.461)"},
			{
				`SELECT st_astext(st_union(p)) || ' ' || st_astext(st_collect(p)) || ' ' || st_astext(st_makeline(p)) || ' ' || st_extent(p)::text FROM (VALUES (st_point(1, 2)), (st_point(3, 4)), (st_point(1, 2))) v(p)`,
				"MULTIPOINT(1 2,3 4) MULTIPOINT(1 2,3 4,1 2) LINESTRING(1 2,3 4,1 2) BOX(1 2,3 4)",
			},
			{`SELECT st_npoints(st_buffer(st_point(0, 0), 1)) || ' ' || st_astext(st_envelope('LINESTRING(0 0,1 2)'))`, "33 POLYGON((0 0,0 2,1 2,1 0,0 0))"},
			{`SELECT string_agg(path[1] || ' ' || st_astext(geom), ', ') FROM st_dump('MULTIPOINT((1 2),(3 4))')`, "1 POINT(1 2), 2 POINT(3 4)"},
			{`SELECT (st_point(1, 1) @ e) || ' ' || (e ~ st_point(1, 1)) || ' ' || (e && st_point(9, 9)) || ' ' || (st_point(1, 1) = 'POINT(1.0 1)'::geometry) FROM st_makeenvelope(0, 0, 2, 2) e`, "true true false true"},
			{`SELECT auth_name || auth_srid FROM spatial_ref_sys WHERE srid = 4326`, "EPSG4326"},
			{`SELECT left(postgis_version(), 3)`, "3.3"},
		})
		run(t, conn, `CREATE VIEW hulls AS SELECT st_convexhull(st_point(1, 2)) AS hull; DROP VIEW hulls`)
		refused(t, conn, `SELECT st_convexhull(st_point(1, 2))`, "ST_ConvexHull is not emulated by cairn")
		refused(t, conn, `SELECT st_contains(st_makeenvelope(0, 0, 1, 1, 4326), st_point(0, 0))`, "mixed SRID")
		refused(t, conn, `CREATE TABLE x (g geometry(Circle))`, "Invalid geometry type modifier: circle")
	})
}

// What is written as EWKB is read back as it was, whatever its type and numbers.
func TestPostgisRoundTrip(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, `CREATE EXTENSION postgis; CREATE TABLE shapes (g geometry)`)
		run(t, conn, `
			SELECT setseed(0.5);
			INSERT INTO shapes SELECT st_makepoint((random() - 0.5) * power(10, n % 40 - 20), (random() - 0.5) * 360) FROM generate_series(1, 500) n;
			INSERT INTO shapes VALUES ('POINT EMPTY'), ('LINESTRING(0 0,1 1e-7)'), ('POLYGON((0 0,4 0,4 4,0 0),(1 .5,2 1,2 1.5,1 .5))'),
				('SRID=3857;MULTIPOINT(1 2,3 4)'), ('MULTILINESTRING((0 0,1 1),(2 2,3 3))'), ('MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))'),
				('POINT Z (1 2 3)'), ('LINESTRING ZM (1 2 3 4,5 6 7 8)'), ('GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(1 2,3 4))'), ('POLYGON EMPTY');
			CREATE INDEX ON shapes USING gist (g); CREATE INDEX ON shapes USING gist (g gist_geometry_ops_nd); CREATE INDEX ON shapes (g);
			INSERT INTO shapes SELECT g FROM shapes`)
		answers(t, conn, [][2]string{
			{`SELECT count(*) FROM shapes WHERE st_asewkt(g) <> st_asewkt(st_asewkb(g)::geometry)`, "0"},
			{`SELECT count(*) FROM shapes WHERE st_asewkt(g) <> st_asewkt(g::text::geometry)`, "0"},
			{`SELECT count(*) FROM shapes`, "1020"},
			{`SELECT st_asewkt('00200000010000111F3FF00000000000004000000000000000'::geometry)`, "SRID=4383;POINT(1 2)"},
		})
	})
}
