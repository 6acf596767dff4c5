-- What templates that need no platform have as their defaults.
CREATE TABLE partners (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
CREATE TABLE events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), partner_id uuid, updated_at timestamptz);
CREATE TABLE profiles (id uuid PRIMARY KEY, role text);
CREATE TABLE generations (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), created_at timestamptz DEFAULT now());
CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text);
