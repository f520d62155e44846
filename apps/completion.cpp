#include "apps/completion.hpp"

#include "apps/commands.hpp"
#include "apps/option_table.hpp"
#include "xrdct/base/error.hpp"

namespace xrdct::app {
namespace {

std::string options_of(command const& which) {
  std::string words;
  for (auto const& entry : option_table())
    if ((entry.commands & which.bit) != 0) words.append("--").append(entry.name).append(" ");
  return words + "--help";
}

std::string names_of_commands() {
  std::string words;
  for (auto const* which : all_commands()) words.append(which->name).append(" ");
  return words + "help --help --version";
}

}  // namespace

std::string completion(std::string_view shell) {
  if (shell != "bash")
    throw usage_error("--completion knows bash (and zsh by bashcompinit), not '" + std::string(shell) + "'");
  std::string text =
      "# Completion of xrdct for bash; for zsh after: autoload -U bashcompinit && bashcompinit\n"
      "_xrdct() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} words=\n"
      "  if [ \"$COMP_CWORD\" = 1 ]; then\n"
      "    words=\"" +
      names_of_commands() +
      "\"\n"
      "  elif [[ $word == -* ]]; then\n"
      "    case ${COMP_WORDS[1]} in\n";
  for (auto const* which : all_commands())
    text.append("      ").append(which->name).append(") words=\"").append(options_of(*which)).append("\" ;;\n");
  return text +
         "    esac\n"
         "  fi\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "  [ -n \"$words\" ] || compopt -o default 2>/dev/null\n"
         "}\n"
         "complete -F _xrdct xrdct\n";
}

}  // namespace xrdct::app
