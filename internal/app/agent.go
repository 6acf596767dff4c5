package app

// AgentMode says whether a coding agent drives this process.
type AgentMode string

// The modes of --agent.
const (
	Auto     AgentMode = "auto" // look at the environment
	AgentYes AgentMode = "yes"
	AgentNo  AgentMode = "no"
)

// agentMarks are the variables that coding agents set in the shells they run commands in, and that people do not set
// for themselves (CODEX_HOME or AIDER_MODEL would be configuration).
var agentMarks = []string{
	"CLAUDECODE", "CLAUDE_CODE",
	"CURSOR_AGENT",
	"CODEX_SANDBOX", "CODEX_SANDBOX_NETWORK_DISABLED", "CODEX_THREAD_ID", "CODEX_CI",
	"GEMINI_CLI",
	"AIDER",
	"OPENCODE", "CLINE_ACTIVE", "AUGMENT_AGENT", "AMP_CURRENT_THREAD_ID", "ANTIGRAVITY_AGENT", "COPILOT_CLI",
	"AI_AGENT",
}

// DetectAgent returns why a coding agent is taken to drive this process: "--agent yes", or the name of the variable
// that says so. It is "" for a person.
func DetectAgent(mode AgentMode, getenv func(string) string) string {
	switch mode {
	case AgentYes:
		return "--agent yes"
	case AgentNo:
		return ""
	}
	for _, name := range agentMarks {
		switch getenv(name) {
		case "", "0", "false", "no":
		default:
			return name
		}
	}
	return ""
}
