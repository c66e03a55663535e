#include "tests/private-host/options.hh"

#include "agent/base/error.hh"

#include <array>
#include <getopt.h>

namespace private_host {
namespace {

enum Long { root = 256, share, listen, keep, kvm };

constexpr std::array<option, 7> known{{{"root", required_argument, nullptr, root},
                                       {"share", required_argument, nullptr, share},
                                       {"listen", required_argument, nullptr, listen},
                                       {"keep", no_argument, nullptr, keep},
                                       {"kvm", no_argument, nullptr, kvm},
                                       {"help", no_argument, nullptr, 'h'},
                                       {nullptr, 0, nullptr, 0}}};

void take(Options& options, int letter) {
    switch (letter) {
    case root: options.root = std::filesystem::absolute(optarg); return;
    case share: options.shared.push_back(std::filesystem::canonical(optarg)); return;
    case listen: options.listen.emplace_back(optarg); return;
    case keep: options.keep = true; return;
    case kvm: options.kvm = true; return;
    case 'h': options.verb = Options::Verb::help; return;
    default: throw Error(Fault::invalid, "unknown or incomplete option; see private-host --help");
    }
}

void read_words(Options& options, int count, char** words) {
    // "+": the options end at the first word that is none; what follows is the command's.
    for (int letter = 0; (letter = getopt_long(count, words, "+h", known.data(), nullptr)) != -1;)
        take(options, letter);
    for (int index = optind; index < count; ++index) options.command.emplace_back(words[index]);
}

} // namespace

const char* const usage = R"(private-host runs a command on a libvirt host of its own, made of namespaces.

usage: private-host run [--root DIR] [--keep] [--kvm] [--share DIR]... [--listen ADDRESS]... [--] COMMAND...
       private-host listen-on ADDRESS [--] COMMAND...

  --root DIR        where the host keeps its files: run, lib, etc, cache, log (default: a fresh folder); removed at
                    the end
  --keep            leave DIR behind
  --kvm             show /dev/kvm inside, usable by group kvm; without it every guest is emulated, on any machine
  --share DIR       DIR is there inside too, even below a folder that the host has for itself (/run, /var/lib/libvirt)
  --listen ADDRESS  hand the command a socket that listens outside, by the socket activation protocol (LISTEN_FDS)

run needs root. The command's exit code is passed on; 125 when the host cannot be made, 126 or 127 when the command
cannot be run.
listen-on only opens the socket and becomes the command. From outside, the private libvirtd answers at
qemu:///system?socket=DIR/run/libvirt/libvirt-sock
)";

Options parse_options(int count, char** words) {
    Options options;
    if (count < 2) throw Error(Fault::invalid, "a verb is needed: run or listen-on; see private-host --help");
    const std::string verb = words[1];
    if (verb == "--help" || verb == "-h" || verb == "help") return options;
    if (verb == "run")
        options.verb = Options::Verb::run;
    else if (verb == "listen-on")
        options.verb = Options::Verb::listen_on;
    else
        throw Error(Fault::invalid, "\"" + verb + "\" is not a verb: run or listen-on is needed");

    int from = 1;
    if (options.verb == Options::Verb::listen_on) {
        if (count < 3) throw Error(Fault::invalid, "listen-on needs an address");
        options.listen.emplace_back(words[2]);
        from = 2;
    }
    read_words(options, count - from, words + from);
    if (options.verb != Options::Verb::help && options.command.empty())
        throw Error(Fault::invalid, verb + " needs a command");
    return options;
}

} // namespace private_host
