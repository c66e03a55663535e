#include "agent/service/compute/contextualization.hh"

#include "agent/base/base64.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace service {
namespace {

namespace name = occi::name;
using Known = occi::Model::Known;

constexpr std::size_t longest_key = 16 << 10;
constexpr std::size_t longest_user_data = 64 << 10;

struct Row {
    const char* note;
    std::size_t longest;
    const occi::Mixin* Known::*mixin;
    const char* attribute;
    std::string_view words; // what people call it: clients of every language read them
};
// The mixins of the standard first: what is shown is said by them.
constexpr std::array rows{
    Row{note::ssh_key, longest_key, &Known::ssh_key, name::ssh_key, "the public SSH key"},
    Row{note::user_data, longest_user_data, &Known::user_data, name::user_data, "the user data"},
    Row{note::ssh_key, longest_key, &Known::openstack_ssh_key, name::openstack_key, "the public SSH key"},
    Row{note::user_data, longest_user_data, &Known::openstack_user_data, name::openstack_user_data,
        "the user data"},
};

// GFD.224 means the contents themselves, EGI and OpenStack mean base64 of them: it was that when what comes out begins
// like something that a guest or an SSH server knows.
std::string contents_of(const std::string& given) {
    constexpr std::array<std::string_view, 7> beginnings{
        "#!", "#cloud-config", "Content-Type: multipart", "\x1f\x8b", "ssh-", "ecdsa-", "sk-"};
    auto decoded = text::from_base64(text::trim(given));
    const auto begins = [&](std::string_view with) { return decoded->starts_with(with); };
    if (decoded && std::ranges::any_of(beginnings, begins)) return *decoded;
    return given;
}

// ---- what clients say ---------------------------------------------------------------------------------------------

void check(const Row& row, const std::string& value) {
    const auto is_control = [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return (code < ' ' && c != '\n' && c != '\r' && c != '\t') || code == 0x7f;
    };
    const auto refuse = [&](const std::string& why) {
        throw Error(Fault::invalid, std::string(row.words) + " of a compute " + why);
    };
    if (value.empty()) refuse("must not be empty");
    if (value.size() > row.longest)
        refuse("must not be longer than " + std::to_string(row.longest) + " bytes");
    if (!text::is_utf8(value) || std::ranges::any_of(value, is_control))
        refuse("must be text: send other bytes in base64");
}

} // namespace

bool is_same_context(const std::string& one, const std::string& other) {
    return text::trim(contents_of(one)) == text::trim(contents_of(other));
}

std::map<std::string, std::string> context_in(const occi::Entity& wanted, const Known& known) {
    std::map<std::string, std::string> said;
    for (const auto& row : rows) {
        if (!wanted.has(*(known.*row.mixin))) continue;
        const auto value = wanted.string(row.attribute);
        if (!value) continue;
        check(row, *value);
        const auto [before, is_first] = said.emplace(row.note, *value);
        if (!is_first && !is_same_context(before->second, *value))
            throw Error(Fault::conflict,
                        std::string(row.words) +
                            " of a compute comes in two mixins that do not agree: send one of the two");
    }
    return said;
}

namespace {

struct SecretNote {
    std::string_view note, words;
};
constexpr std::array secret_notes{SecretNote{note::ssh_key, "its SSH key"},
                                  SecretNote{note::user_data, "its user data"}};

template <class Notes> Secrets take_from(Notes& notes) {
    Secrets taken;
    for (const auto& [name, words] : secret_notes)
        if (const auto found = notes.find(std::string(name)); found != notes.end()) {
            taken.emplace(name, std::move(found->second));
            notes.erase(found);
        }
    return taken;
}

} // namespace

Secrets take_secrets(Secrets& notes) { return take_from(notes); }

Secrets take_secrets(hv::MachineSpec& spec) {
    auto taken = take_from(spec.notes);
    if (!taken.empty()) note_secrets(spec, taken);
    return taken;
}

// Those it had stay named: a machine is given one more, never one less.
void note_secrets(hv::MachineSpec& spec, const Secrets& secrets) {
    std::string names;
    const auto& before = spec.notes[note::secrets];
    for (const auto& [name, words] : secret_notes)
        if (secrets.contains(std::string(name)) || before.find(name) != before.npos)
            names.append(names.empty() ? "" : " ").append(name);
    spec.notes[note::secrets] = names;
}

bool has_secrets(const hv::MachineSpec& spec) {
    return std::ranges::any_of(secret_notes,
                               [&](const SecretNote& each) { return spec.notes.contains(each.note); });
}

std::string lost_secrets(const hv::MachineSpec& spec, const Secrets& secrets) {
    const auto named = spec.notes.find(note::secrets);
    if (named == spec.notes.end()) return {};
    std::string lost;
    for (const auto& [name, words] : secret_notes)
        if (named->second.find(name) != std::string::npos && !secrets.contains(std::string(name)))
            lost.append(lost.empty() ? "" : " and ").append(words);
    return lost.empty() ? lost : lost + " went with the agent's earlier store";
}

void show_context(const Secrets& secrets, const Known& known, occi::Entity& shown) {
    for (const auto& row : rows) {
        const auto kept = secrets.find(row.note);
        if (kept == secrets.end() || shown.attributes.contains(row.attribute)) continue;
        if (row.mixin != &Known::ssh_key && row.mixin != &Known::user_data) continue;
        shown.mixins.push_back(known.*row.mixin);
        shown.attributes[row.attribute] = kept->second;
    }
}

} // namespace service
