#include "agent/cli/commands.hh"

#include "agent/base/error.hh"
#include "agent/base/no_dump.hh"
#include "agent/cli/accounts.hh"
#include "agent/cli/arguments.hh"
#include "agent/cli/setup.hh"
#include "agent/config/load.hh"
#include "agent/options.hh"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fmt/format.h>
#include <vector>

namespace cli {
namespace {

struct Command {
    std::string_view verb, synopsis, explanation;
    std::size_t least, most; // words that are no option
    std::vector<Option> options;
    void (*run)(const Arguments&, const Config&, const std::filesystem::path& file);
};

const std::vector<Option> of_accounts{{"file"}, {"role"}, {"group"}};

std::vector<Option> with(std::vector<Option> more) {
    more.insert(more.end(), of_accounts.begin(), of_accounts.end());
    return more;
}

const std::array commands{
    Command{"setup",
            "--listen https://0.0.0.0:4567 [--name NAME]... [--days N]",
            "let other machines drive this host: TLS, a certificate, files of passwords and tokens",
            0,
            0,
            {{"listen"}, {"name", true, true}, {"days"}},
            setup},
    Command{"token", "add NAME [--role ROLE] [--group GROUP] [--days N] | list | remove NAME",
            "secrets of programs: one is printed once, and its hash kept", 1, 2, with({{"days"}}), token},
    Command{"passwd", "USER [--role ROLE] [--group GROUP] [--sha1] [--file FILE] [--remove]",
            "passwords of people: typed twice, or the first line of standard input", 1, 1,
            with({{"sha1", false}, {"remove", false}}), passwd},
};

const Command* command_named(std::string_view verb) noexcept {
    const auto found = std::ranges::find(commands, verb, &Command::verb);
    return found == commands.end() ? nullptr : &*found;
}

void run(const Command& command, std::span<char* const> words) {
    auto known = command.options;
    known.push_back({"config"});
    const Arguments given(words, known, command.least, command.most);
    const auto named = given.value("config");
    const std::filesystem::path file = named.value_or(::Options().config.string());
    const auto whole = file.is_absolute() ? file : std::filesystem::absolute(file);
    command.run(given, load_config(whole, named.has_value() && command.verb != "setup"), whole);
}

} // namespace

bool is_verb(std::string_view word) noexcept { return command_named(word) != nullptr; }

int run(std::span<char* const> words) {
    const auto& command = *command_named(words.front());
    forbid_dumps();
    try {
        run(command, words.subspan(1));
        return exit_code::good;
    } catch (const UsageError& failure) {
        std::fprintf(stderr, "occi-agent: %s\nusage: occi-agent %s %s\n", failure.what(),
                     std::string(command.verb).c_str(), std::string(command.synopsis).c_str());
        return exit_code::usage;
    } catch (const ConfigError& failure) {
        for (const auto& problem : failure.problems) std::fprintf(stderr, "%s\n", problem.c_str());
        return exit_code::configuration;
    } catch (const Error& failure) {
        std::fprintf(stderr, "occi-agent: %s\n", failure.what());
        return failure.fault() == Fault::internal ? exit_code::internal : exit_code::unavailable;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "occi-agent: %s\n", failure.what());
        return exit_code::internal;
    }
}

std::string help() {
    std::string text;
    for (const auto& command : commands)
        text += fmt::format("  {} {}\n                      {}\n", command.verb, command.synopsis,
                            command.explanation);
    return text;
}

} // namespace cli
