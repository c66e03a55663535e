#include "drivers/libvirt/error.hh"

#include "agent/base/hex.hh"
#include "agent/base/text.hh"
#include "drivers/libvirt/remedies.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace hv::libvirt {
namespace {

constexpr std::size_t longest_sentence = 400;

struct Code {
    int code;
    Fault fault;
};

constexpr std::array codes{
    Code{VIR_ERR_NO_DOMAIN, Fault::not_found},
    Code{VIR_ERR_NO_NETWORK, Fault::not_found},
    Code{VIR_ERR_NO_STORAGE_POOL, Fault::not_found},
    Code{VIR_ERR_NO_STORAGE_VOL, Fault::not_found},
    Code{VIR_ERR_NO_INTERFACE, Fault::not_found},
    Code{VIR_ERR_NO_DOMAIN_METADATA, Fault::not_found},
    Code{VIR_ERR_OPERATION_INVALID, Fault::conflict},
    Code{VIR_ERR_HOOK_SCRIPT_FAILED, Fault::conflict}, // a script of the operator has refused it
    Code{VIR_ERR_OPERATION_DENIED, Fault::forbidden},
    Code{VIR_ERR_ACCESS_DENIED, Fault::forbidden},
    Code{VIR_ERR_DOM_EXIST, Fault::conflict},
    Code{VIR_ERR_NETWORK_EXIST, Fault::conflict},
    Code{VIR_ERR_STORAGE_VOL_EXIST, Fault::conflict},
    Code{VIR_ERR_NO_SUPPORT, Fault::unsupported},
    Code{VIR_ERR_CONFIG_UNSUPPORTED, Fault::unsupported},
    Code{VIR_ERR_OPERATION_UNSUPPORTED, Fault::unsupported},
    Code{VIR_ERR_ARGUMENT_UNSUPPORTED, Fault::unsupported},
    Code{VIR_ERR_NO_CONNECT, Fault::unavailable},
    Code{VIR_ERR_INVALID_CONN, Fault::unavailable},
    Code{VIR_ERR_AUTH_FAILED, Fault::unavailable},
    Code{VIR_ERR_AUTH_UNAVAILABLE, Fault::unavailable},
    Code{VIR_ERR_NO_MEMORY, Fault::unavailable},
    Code{VIR_ERR_RESOURCE_BUSY, Fault::busy},
    Code{VIR_ERR_OPERATION_TIMEOUT, Fault::busy},
    Code{VIR_ERR_AGENT_UNRESPONSIVE, Fault::busy},
};

// What libvirt has no code for: QEMU's own words (libvirt starts it in the C locale), and collisions of
// names.
struct Words {
    std::string_view fragment;
    Fault fault;
    bool at_end = false; // otherwise anywhere
};

constexpr std::array words{
    Words{"No space left on device", Fault::unavailable},
    Words{"Disk quota exceeded", Fault::unavailable},
    Words{"Cannot access storage file", Fault::unavailable},
    Words{"Cannot allocate memory", Fault::unavailable},
    // The guest's process ended during the call, by force, say.
    Words{"Unable to read from monitor", Fault::unavailable},
    Words{"Unable to write to monitor", Fault::unavailable},
    Words{"domain is no longer running", Fault::unavailable},
    // Left by a libvirtd that was killed while it plugged a disk in. It counts on: the next attempt takes another name.
    Words{"Duplicate nodes with node-name", Fault::busy},
    // QEMU died without a word, so by somebody's hand; when it has a reason, that follows.
    Words{"process exited while connecting to monitor", Fault::unavailable, true},
    Words{"already exists", Fault::conflict},
    Words{"already in use by", Fault::conflict},
    Words{"No more available PCI slots", Fault::conflict},
    // A block job of somebody's has the disk.
    Words{"Device '(null)' is in use", Fault::conflict},
};

// libvirt reports a broken connection with general codes; the domain tells that it was the wire.
bool is_broken_wire(const virError& error) noexcept {
    const bool wire = error.domain == VIR_FROM_RPC || error.domain == VIR_FROM_REMOTE;
    return wire && (error.code == VIR_ERR_SYSTEM_ERROR || error.code == VIR_ERR_INTERNAL_ERROR);
}

bool is_lack_of_room(const virError& error) noexcept {
    return error.code == VIR_ERR_SYSTEM_ERROR &&
           (error.int1 == ENOSPC || error.int1 == EDQUOT || error.int1 == ENOMEM);
}

// Of devices: the name of a bridge is somebody else's.
bool is_taken(const virError& error) noexcept {
    return error.code == VIR_ERR_SYSTEM_ERROR && error.int1 == EEXIST;
}

// libvirt repeats the whole command line of a child process that failed, and then what that said, which tells why.
std::string_view words_of_child(std::string_view message) noexcept {
    constexpr std::string_view command = "Child process (", status = ") unexpected exit status ",
                               colon = ": ";
    const auto begin = message.find(command);
    const auto exited = begin == message.npos ? begin : message.find(status, begin);
    const auto said = exited == message.npos ? exited : message.find(colon, exited);
    return said == message.npos ? message : message.substr(said + colon.size());
}

// QEMU begins with when and who: "2026-01-31T08:15:00.123456Z qemu-system-x86_64: what it has to say".
std::string without_stamps(std::string line) {
    constexpr std::string_view program = " qemu-system-", colon = ": ";
    constexpr std::string_view stamp = "xxxx-xx-xxTxx:xx:xx.xxxxxxZ";
    for (auto at = line.find(program); at != line.npos; at = line.find(program, at)) {
        const auto end = line.find(colon, at);
        if (end == line.npos) break;
        const bool is_stamped =
            at >= stamp.size() &&
            text::has_hex_shape(std::string_view(line).substr(at - stamp.size(), stamp.size()), stamp);
        const auto begin = is_stamped ? at - stamp.size() : at + program.size();
        line.erase(begin, is_stamped ? end + colon.size() - begin : 0);
        at = begin;
    }
    return line;
}

} // namespace

Fault fault_of(const virError& error) noexcept {
    if (is_broken_wire(error) || is_lack_of_room(error)) return Fault::unavailable;
    if (is_taken(error)) return Fault::conflict;
    const auto known = std::ranges::find(codes, error.code, &Code::code);
    if (known != codes.end()) return known->fault;
    const std::string_view message = error.message ? error.message : "";
    const auto said = std::ranges::find_if(words, [&](const Words& w) {
        return w.at_end ? message.ends_with(w.fragment) : message.find(w.fragment) != message.npos;
    });
    return said == words.end() ? Fault::internal : said->fault;
}

std::string sentence_of(const virError& error) {
    const auto message = words_of_child(error.message ? error.message : "");
    std::string line;
    for (const char c : message) {
        const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
        if (!blank)
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    line = without_stamps(std::move(line));
    if (line.empty()) return "libvirt gave no reason";
    const auto remedy = remedy_for(line);
    auto sentence = text::printable(text::trim(line), longest_sentence);
    return remedy.empty() ? sentence : sentence + "; " + std::string(remedy);
}

Error last_error(const std::string& doing) {
    const virError* error = virGetLastError();
    if (!error) return {Fault::internal, doing + ": libvirt gave no reason"};
    return {fault_of(*error), doing + ": " + sentence_of(*error)};
}

int last_code() noexcept {
    const virError* error = virGetLastError();
    return error ? error->code : VIR_ERR_OK;
}

} // namespace hv::libvirt
