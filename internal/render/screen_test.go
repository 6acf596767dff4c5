package render

import (
	"testing"
	"time"
)

func TestColors(t *testing.T) {
	for _, c := range []struct {
		flag When
		tty  bool
		env  map[string]string
		want bool
	}{
		{Auto, true, nil, true},
		{Auto, false, nil, false},
		{Auto, true, map[string]string{"NO_COLOR": "1"}, false},
		{Auto, true, map[string]string{"NO_COLOR": ""}, true},
		{Auto, true, map[string]string{"TERM": "dumb"}, false},
		{Auto, true, map[string]string{"CLICOLOR": "0"}, false},
		{Auto, false, map[string]string{"CLICOLOR_FORCE": "1"}, true},
		{Auto, false, map[string]string{"CLICOLOR_FORCE": "0"}, false},
		{Auto, true, map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, false},
		{Auto, false, map[string]string{"CLICOLOR_FORCE": "1", "TERM": "dumb"}, true},
		{Always, false, map[string]string{"NO_COLOR": "1"}, true},
		{Never, true, map[string]string{"CLICOLOR_FORCE": "1"}, false},
	} {
		if got := Colors(c.flag, c.tty, func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("--color=%s, terminal %t, %v: %t, want %t", c.flag, c.tty, c.env, got, c.want)
		}
	}
}

func TestDuration(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0.0 ms"},
		{412 * time.Microsecond, "0.4 ms"},
		{9949 * time.Microsecond, "9.9 ms"},
		{9950 * time.Microsecond, "10 ms"},
		{12400 * time.Microsecond, "12 ms"},
		{999 * time.Millisecond, "999 ms"},
		{999500 * time.Microsecond, "1.0 s"},
		{3240 * time.Millisecond, "3.2 s"},
		{9950 * time.Millisecond, "10 s"},
		{59400 * time.Millisecond, "59 s"},
		{59500 * time.Millisecond, "1m00s"},
		{125 * time.Second, "2m05s"},
		{time.Hour - time.Millisecond, "1h00m"},
		{62*time.Minute + 40*time.Second, "1h03m"},
		{49 * time.Hour, "49h00m"},
	} {
		if got := Duration(c.d); got != c.want {
			t.Errorf("%s is %q, want %q", c.d, got, c.want)
		}
	}
}
