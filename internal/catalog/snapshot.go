package catalog

import (
	"encoding/json"
	"fmt"
	"io"
)

// snapshotFormat is the version of what a snapshot looks like.
const snapshotFormat = 1

// snapshot is a catalog as a file.
type snapshot struct {
	Format  int              `json:"cairn_snapshot"`
	Server  int              `json:"server"`
	Role    string           `json:"role"`
	Objects []snapshotObject `json:"objects"`
	Unknown []Unknown        `json:"unknown,omitempty"`
}

type snapshotObject struct {
	ID
	Parent *ID             `json:"parent,omitempty"`
	Names  []string        `json:"names,omitempty"`
	Attrs  json.RawMessage `json:"attrs"`
	Info   json.RawMessage `json:"info,omitempty"`
	Needs  []snapshotNeed  `json:"needs,omitempty"`
}

type snapshotNeed struct {
	ID
	Auto bool `json:"auto,omitempty"`
	Tie  *ID  `json:"tie,omitempty"`
}

// Write writes the catalog as a snapshot, JSON, the same each time.
func (c *Catalog) Write(w io.Writer) error {
	s := snapshot{Format: snapshotFormat, Server: c.Server, Role: c.Role, Objects: []snapshotObject{}, Unknown: c.Unknown}
	for _, o := range c.Sorted() {
		row := snapshotObject{ID: o.ID, Names: o.Names, Attrs: json.RawMessage(o.Attrs.String())}
		if o.Parent != (ID{}) {
			row.Parent = &o.Parent
		}
		if o.Info.raw != "" {
			row.Info = json.RawMessage(o.Info.raw)
		}
		for _, n := range c.Needs(o.ID) {
			need := snapshotNeed{ID: n.On, Auto: n.Auto}
			if n.Tie != (ID{}) {
				need.Tie = &n.Tie
			}
			row.Needs = append(row.Needs, need)
		}
		s.Objects = append(s.Objects, row)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(s)
}

// ReadSnapshot reads a catalog that Write has written.
func ReadSnapshot(data []byte, kinds []*Kind) (*Catalog, error) {
	var s snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("read a snapshot: %w", err)
	}
	if s.Format != snapshotFormat {
		return nil, fmt.Errorf("read a snapshot: its format is %d, not %d", s.Format, snapshotFormat)
	}
	c := &Catalog{Server: s.Server, Role: s.Role, Unknown: s.Unknown, Objects: map[ID]*Object{}, kinds: map[string]*Kind{}}
	for _, k := range kinds {
		c.kinds[k.Name] = k
	}
	for _, row := range s.Objects {
		if c.kinds[row.Kind] == nil {
			return nil, fmt.Errorf("read a snapshot: %s is of a kind that this cairn does not know", row.ID)
		}
		for _, attrs := range []json.RawMessage{row.Attrs, row.Info} {
			if len(attrs) > 0 && attrs[0] != '{' && string(attrs) != "null" {
				return nil, fmt.Errorf("read a snapshot: %s has no attributes by name", row.ID)
			}
		}
		attrs := string(row.Attrs)
		if k := c.kinds[row.Kind]; k.Secrets != nil {
			attrs = k.veiled(attrs)
		}
		o := &Object{ID: row.ID, Names: row.Names, Attrs: Attrs{raw: attrs}, Info: Attrs{raw: string(row.Info)}, in: c}
		if row.Parent != nil {
			o.Parent = *row.Parent
		}
		c.Objects[o.ID] = o
		for _, n := range row.Needs {
			need := Need{On: n.ID, Auto: n.Auto}
			if n.Tie != nil {
				need.Tie = *n.Tie
			}
			o.needs.all = append(o.needs.all, need)
		}
	}
	c.turn()
	for _, o := range c.Sorted() {
		if k := c.kinds[o.Kind]; o.Parent != (ID{}) && o.Up() == nil || k.Satellite && o.Up() == nil || !k.Satellite && len(o.Names) == 0 || o.path(k) != o.Path {
			return nil, fmt.Errorf("read a snapshot: %s is not whole", o.ID)
		}
	}
	return c, nil
}
