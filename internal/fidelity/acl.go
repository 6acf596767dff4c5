package fidelity

import "strings"

// words are the privileges that a letter of an ACL stands for, in the order in which they are listed.
var words = []struct {
	letter byte
	word   string
}{
	{'r', "SELECT"},
	{'a', "INSERT"},
	{'w', "UPDATE"},
	{'d', "DELETE"},
	{'D', "TRUNCATE"},
	{'x', "REFERENCES"},
	{'t', "TRIGGER"},
	{'m', "MAINTAIN"},
	{'X', "EXECUTE"},
	{'U', "USAGE"},
	{'C', "CREATE"},
	{'c', "CONNECT"},
	{'T', "TEMPORARY"},
}

// privileges returns what each grantee of an ACL holds, whoever granted it: "SELECT, INSERT (grantable)".
func privileges(items []string) map[string]string {
	letters := map[string]map[byte]bool{} // true where it may be granted further
	for _, item := range items {
		grantee, rest := grantee(item)
		if letters[grantee] == nil {
			letters[grantee] = map[byte]bool{}
		}
		rest, _, _ = strings.Cut(rest, "/")
		for i := range len(rest) {
			if rest[i] != '*' {
				further := i+1 < len(rest) && rest[i+1] == '*'
				letters[grantee][rest[i]] = letters[grantee][rest[i]] || further
			}
		}
	}
	held := map[string]string{}
	for grantee, has := range letters {
		var list []string
		for _, w := range words {
			if further, ok := has[w.letter]; ok {
				list = append(list, w.word)
				if further {
					list[len(list)-1] += " (grantable)"
				}
			}
		}
		held[grantee] = strings.Join(list, ", ")
	}
	return held
}

// grantee parts an aclitem, `"a role"=arw/owner`, before its "=". A role's name in it is quoted where it must be.
func grantee(item string) (name, rest string) {
	if !strings.HasPrefix(item, `"`) {
		name, rest, _ = strings.Cut(item, "=")
		if name == "" {
			name = "PUBLIC"
		}
		return name, rest
	}
	var b strings.Builder
	for i := 1; i < len(item); i++ {
		switch {
		case item[i] != '"':
			b.WriteByte(item[i])
		case i+1 < len(item) && item[i+1] == '"':
			b.WriteByte('"')
			i++
		default:
			return b.String(), strings.TrimPrefix(item[i+1:], "=")
		}
	}
	return b.String(), ""
}
