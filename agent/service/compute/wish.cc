#include "agent/service/compute/wish.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/contextualization.hh"
#include "agent/service/units.hh"
#include "drivers/note.hh"

#include <algorithm>
#include <array>
#include <climits>

namespace service {
namespace {

namespace name = occi::name;

constexpr std::int64_t most_cores = 1'000'000; // how many a host can give, that says itself: core_limit.hh
constexpr double least_memory = 16.0 / 1024, most_memory = 16.0 * 1024; // GiB
// What cgroups take in both of their versions.
constexpr std::int64_t least_shares = 2, most_shares = 10'000;
constexpr std::size_t longest_hostname = 253, longest_label = 63;
constexpr std::string_view open_type = "custom"; // whose sizes a client may choose

// ---- names --------------------------------------------------------------------------------------------------------

// RFC 1123, 2.1: letters, digits and hyphens between dots.
bool is_label(std::string_view label) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !label.empty() && label.size() <= longest_label && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, fits);
}

std::optional<std::string> fault_of_hostname(const std::string& hostname) {
    if (hostname.size() <= longest_hostname && std::ranges::all_of(text::split(hostname, '.'), is_label))
        return std::nullopt;
    return "is made of letters, digits and hyphens between dots, such as web-1.example.org";
}

std::optional<std::string> fault_of_text(const std::string& words) { return text::fault_of_name(words); }

struct TextRule {
    const char *attribute, *called, *note; // no note: the title
    std::optional<std::string> (*fault)(const std::string&);
};
constexpr std::array texts{
    TextRule{name::title, "the name of a compute", nullptr, fault_of_text},
    TextRule{name::summary, "the summary of a compute", note::summary, fault_of_text},
    TextRule{name::hostname, "the host name of a compute", note::hostname, fault_of_hostname},
};

void read_texts(const occi::Resource& wanted, Wish& wish) {
    for (const auto& rule : texts) {
        const auto given = wanted.string(rule.attribute);
        if (!given) continue;
        if (const auto fault = given->empty() ? std::nullopt : rule.fault(*given))
            throw Error(Fault::invalid, std::string(rule.called) + " " + *fault);
        if (rule.note)
            wish.notes[rule.note] = *given;
        else
            wish.title = *given;
    }
}

// ---- sizes --------------------------------------------------------------------------------------------------------

unsigned checked_cores(std::int64_t cores) {
    if (cores < 1 || cores > most_cores)
        throw Error(Fault::invalid,
                    "a compute has a processor or more, as many as its host can give, and not " +
                        std::to_string(cores));
    return static_cast<unsigned>(cores);
}

std::uint64_t checked_memory(double memory) {
    if (!(memory >= least_memory && memory <= most_memory))
        throw Error(Fault::invalid,
                    "the memory of a compute is from 0.015625 to 16384 GiB (16 to 16777216 MiB)");
    return to_bytes(memory);
}

const occi::Mixin* template_in(const occi::Resource& wanted, const occi::Model& model) {
    const occi::Mixin* found = nullptr;
    for (const occi::Mixin* each : model.resource_templates()) {
        if (!wanted.has(*each)) continue;
        if (found)
            throw Error(Fault::invalid, "a compute has one resource template, and " + found->id.term +
                                            " and " + each->id.term + " are two");
        found = each;
    }
    return found;
}

// A template beats what the client says (GFD.224, 3.5), unless it is the one that is there to be filled in.
void read_sizes(const occi::Resource& wanted, const occi::Model& model, Wish& wish) {
    const auto* type = template_in(wanted, model);
    if (type) wish = wish_for(*type);
    if (type && type->id.term != open_type) return;
    const auto cores = wanted.integer(name::cores);
    const auto memory = wanted.number(name::memory);
    if (cores) wish.cores = checked_cores(*cores);
    if (memory) wish.memory = checked_memory(*memory);
    wish.sizes_are_own = !type && (cores || memory);
}

// ---- the processor ------------------------------------------------------------------------------------------------

constexpr std::array<std::pair<std::string_view, std::string_view>, 2> architectures{
    {{"x86", "i686"}, {"x64", "x86_64"}}};

void read_processor(const occi::Resource& wanted, Wish& wish) {
    if (const auto given = wanted.string(name::architecture)) {
        const auto known =
            std::ranges::find(architectures, *given, [](const auto& each) { return each.first; });
        if (known == architectures.end())
            throw Error(Fault::invalid, "the architecture of a compute is \"" + text::printable(*given) +
                                            "\", which is none of x86, x64");
        wish.arch = known->second;
    }
    if (const auto given = wanted.integer(name::share)) {
        if (*given < least_shares || *given > most_shares)
            throw Error(Fault::invalid, "the share of a compute is from " + std::to_string(least_shares) +
                                            " to " + std::to_string(most_shares));
        wish.shares = static_cast<unsigned>(*given);
    }
}

} // namespace

Wish wish_for(const occi::Mixin& resource_template) {
    occi::Entity sizes;
    for (const auto& attribute : resource_template.attributes)
        if (attribute.fallback) sizes.attributes[attribute.name] = *attribute.fallback;
    Wish wish;
    wish.cores = checked_cores(sizes.integer(name::cores).value_or(1));
    wish.memory = checked_memory(sizes.number(name::memory).value_or(1.0));
    if (const auto disk = sizes.number(name::ephemeral_size)) wish.disk = to_bytes(*disk);
    wish.notes[note::type] = resource_template.id.term;
    return wish;
}

Wish wish_of(const occi::Resource& wanted, const occi::Model& model) {
    Wish wish;
    read_sizes(wanted, model, wish); // first: it begins anew
    read_texts(wanted, wish);
    read_processor(wanted, wish);
    wish.notes.merge(context_in(wanted, model.known()));
    return wish;
}

hv::MachineSpec fulfilled(const Wish& wish, hv::MachineSpec spec) {
    const auto cores = wish.cores.value_or(spec.cores);
    const auto memory = wish.memory.value_or(spec.memory);
    const bool differs = cores != spec.cores || memory != spec.memory;
    if (const auto type = spec.notes.find(note::type);
        wish.sizes_are_own && differs && type != spec.notes.end() && type->second != open_type)
        spec.notes.erase(type);
    spec.cores = cores;
    spec.memory = memory;
    spec.title = wish.title.value_or(spec.title);
    spec.arch = wish.arch.value_or(spec.arch);
    spec.shares = wish.shares.value_or(spec.shares);
    for (const auto& [key, value] : wish.notes) {
        if (value.empty())
            spec.notes.erase(key);
        else
            spec.notes[key] = value;
    }
    const auto entitle = [&](const std::string& key, std::string& title) {
        if (const auto wished = wish.device_titles.find(key); wished != wish.device_titles.end())
            title = wished->second;
    };
    for (auto& disk : spec.disks) entitle(disk.volume, disk.title);
    for (auto& nic : spec.nics) entitle(nic.mac, nic.title);
    return spec;
}

const hv::Disk* disk_to_grow(const Wish& wish, const hv::MachineSpec& spec) noexcept {
    if (!wish.disk || spec.disks.empty()) return nullptr;
    const auto& first = spec.disks.front();
    return first.content == hv::Content::image && first.bytes < *wish.disk ? &first : nullptr;
}

} // namespace service
