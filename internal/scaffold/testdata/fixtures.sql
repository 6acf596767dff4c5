-- The tables that templates for existing tables have as their defaults.
CREATE TABLE partners (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
CREATE TABLE events (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  partner_id uuid,
  is_active boolean DEFAULT true,
  credits_allocated integer DEFAULT 10,
  credits_used integer DEFAULT 3,
  credits_remaining integer,
  updated_at timestamptz DEFAULT '2000-01-01'
);
INSERT INTO events DEFAULT VALUES;
CREATE TABLE profiles (id uuid PRIMARY KEY, role text, preferences jsonb DEFAULT '{}');
INSERT INTO profiles VALUES (gen_random_uuid(), NULL), (gen_random_uuid(), 'admin');
CREATE TABLE generations (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid, created_at timestamptz DEFAULT now());
CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text);
INSERT INTO users (email) VALUES ('A@example.test');
CREATE TABLE documents (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), org_id uuid, title text);
CREATE TABLE projects (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid REFERENCES auth.users (id), project_id text);
CREATE TABLE encrypted_chats (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid REFERENCES auth.users (id));
