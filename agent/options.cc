#include "agent/options.hh"

#include "agent/cli/commands.hh"

#include <array>
#include <cstdio>
#include <fmt/format.h>
#include <getopt.h>

namespace {

constexpr auto help = R"(occi-agent shows this KVM host as an OCCI provider.

usage: occi-agent [--config FILE] [--check-config]
       occi-agent VERB ...

  -c, --config FILE   read FILE and FILE's drop-ins (/etc/occi-agent/occi-agent.conf)
      --check-config  report every fault of the configuration, and end
  -V, --version       print the version, and end
  -h, --help          print this, and end

{}
Exit codes: 0 good, 64 wrong usage, 69 something it needs cannot be had, 70 a bug, 78 wrong configuration.
See occi-agent(8) and occi-agent.conf(5).
)";

constexpr auto remedy = "occi-agent --help shows what there is\n";

enum Long { check_config = 256 };

} // namespace

std::optional<Options> parse_options(int count, char** words, int& code) {
    static const std::array<option, 5> known{{{"config", required_argument, nullptr, 'c'},
                                              {"check-config", no_argument, nullptr, check_config},
                                              {"version", no_argument, nullptr, 'V'},
                                              {"help", no_argument, nullptr, 'h'},
                                              {nullptr, 0, nullptr, 0}}};
    Options options;
    code = exit_code::good;
    for (int letter = 0; (letter = getopt_long(count, words, "c:Vh", known.data(), nullptr)) != -1;) {
        switch (letter) {
        case 'c':
            options.config = optarg;
            options.config_named = true;
            break;
        case check_config: options.check_only = true; break;
        case 'V': std::puts("occi-agent " OCCI_AGENT_VERSION); return std::nullopt;
        case 'h': std::fputs(fmt::format(help, cli::help()).c_str(), stdout); return std::nullopt;
        default: // getopt_long has said why
            std::fputs(remedy, stderr);
            code = exit_code::usage;
            return std::nullopt;
        }
    }
    if (optind < count) {
        std::fprintf(stderr, "occi-agent: \"%s\" is not an option\n%s", words[optind], remedy);
        code = exit_code::usage;
        return std::nullopt;
    }
    return options;
}
