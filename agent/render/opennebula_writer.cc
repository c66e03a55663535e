// The documents of OpenNebula's XML, exactly: elements, their order and their attributes are fixed, there is no white
// space.
#include "agent/base/error.hh"
#include "agent/base/named_uuid.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"
#include "agent/occi/names.hh"
#include "agent/render/opennebula_xml.hh"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>

namespace render::opennebula {
namespace {

namespace name = occi::name;

constexpr std::size_t longest_message = 1000;

// ---- pieces --------------------------------------------------------------------------------------------------------

struct Pool {
    std::string_view kind, root, entry, path;
};
constexpr std::array pools{
    Pool{"compute", "COMPUTES", "COMPUTE", "/compute"},
    Pool{"network", "NETWORKS", "NETWORK", "/network"},
    Pool{"storage", "STORAGE", "DISK", "/storage"},
};
// GET /, in this order.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> collections{{
    {"COMPUTE_COLLECTION", "/compute"},
    {"INSTANCE_TYPE_COLLECTION", "/instance_type"},
    {"NETWORK_COLLECTION", "/network"},
    {"STORAGE_COLLECTION", "/storage"},
    {"USER_COLLECTION", "/user"},
}};
constexpr auto space_of_users = "8e0c7a52-2b8f-4f0e-9a55-6f7d0b1f3c21"; // of their ids

std::string href(std::string_view base, std::string_view path, std::string_view id) {
    return fmt::format("{}{}/{}", base, path, id);
}

// Rounded up, so that the number names enough room for what is there.
std::string megabytes(double gibibytes) { return fmt::format("{:.0f}", std::ceil(gibibytes * 1024)); }

// Messages come from anywhere, and XML cannot carry everything.
void write_message(xml::Writer& out, std::string_view message) {
    out.leaf("MESSAGE", text::printable(message, longest_message));
}

// Whose it is; of what is nobody's, or of no group, there is nothing to say.
void write_owner(xml::Writer& out, const occi::Resource& entry, std::string_view base) {
    const auto owner = entry.string(name::owner).value_or(""), group = entry.string(name::group).value_or("");
    if (!owner.empty())
        out.open("USER")
            .attribute("href", href(base, "/user", id_of_user(owner)))
            .attribute("name", owner)
            .close();
    if (!group.empty()) out.leaf("GROUP", group);
}

// Releases since 3.4 have the owner of a COMPUTE before its NAME, and of everything else behind that.
void open_entry(xml::Writer& out, std::string_view element, std::string_view base, std::string_view path,
                const occi::Resource& entry) {
    out.open(element).attribute("href", href(base, path, entry.id));
    const bool is_compute = element == "COMPUTE";
    out.leaf("ID", entry.id);
    if (is_compute) write_owner(out, entry, base);
    out.leaf("NAME", entry.string(name::title).value_or(""));
    if (!is_compute) write_owner(out, entry, base);
}

// Of a network or a storage that has one.
void write_description(xml::Writer& out, const occi::Resource& entry) {
    if (const auto summary = entry.string(name::summary)) out.leaf("DESCRIPTION", *summary);
}

// Ours, and only when there is something to say: what is shown was seen earlier, or does not react, or does not run and
// was perhaps not asked to.
void write_condition(xml::Writer& out, const occi::Resource& entry) {
    const auto condition = entry.string(name::condition).value_or("known");
    const bool known = condition == "known";
    if (!known) out.leaf("CONDITION", condition);
    if (known && state_of(entry) != "SUSPENDED") return;
    if (const auto reason = entry.string(name::reason))
        out.leaf("REASON", text::printable(*reason, longest_message));
}

// A device without its folder; absent when unknown.
void write_device(xml::Writer& out, const occi::Link& link) {
    if (const auto device = link.string(name::deviceid)) out.attribute("dev", text::last_segment(*device));
}

// ---- compute -------------------------------------------------------------------------------------------------------

void write_state(xml::Writer& out, const occi::Resource& compute) {
    const auto state = state_of(compute);
    out.leaf("STATE", state);
    const auto trouble = compute.string(name::trouble);
    if (state == "FAILED" || trouble)
        write_message(out, trouble ? *trouble : compute.string(name::compute_message).value_or(""));
}

void write_disk(xml::Writer& out, const occi::Link& link, std::string_view base) {
    const auto content = link.string(name::disk_content);
    out.open(!content ? "DISK" : *content == "swap" ? "SWAP" : "FS");
    if (!link.target.empty()) {
        const auto image = text::last_segment(link.target);
        out.attribute("image", image).attribute("href", href(base, "/storage", image));
    }
    if (content) out.attribute("size", megabytes(link.number(name::disk_size).value_or(0)));
    if (const auto format = link.string(name::disk_filesystem)) out.attribute("format", *format);
    write_device(out, link);
    out.close();
}

void write_nic(xml::Writer& out, const occi::Link& link) {
    out.open("NIC");
    if (!link.target.empty()) out.leaf("UUID", text::last_segment(link.target));
    if (const auto address = link.string(name::nic_address)) out.leaf("IP", *address);
    if (const auto mac = link.string(name::mac)) out.leaf("MAC", *mac);
    out.close();
}

void write_nic_of_14(xml::Writer& out, const occi::Link& link, std::string_view base) {
    out.open("NIC");
    if (!link.target.empty()) {
        const auto network = text::last_segment(link.target);
        out.attribute("network", network).attribute("href", href(base, "/network", network));
    }
    if (const auto address = link.string(name::nic_address)) out.attribute("ip", *address);
    if (const auto mac = link.string(name::mac)) out.attribute("mac", *mac);
    out.close();
}

// The links of one kind, in their order.
std::vector<const occi::Link*> links_of(const occi::Resource& compute, std::string_view term) {
    std::vector<const occi::Link*> links;
    for (const auto& link : compute.links)
        if (link.kind && link.kind->id.term == term) links.push_back(&link);
    return links;
}

// Beside a type that leaves them open: every other has them itself.
void write_sizes(xml::Writer& out, const occi::Resource& compute) {
    if (type_of(compute) != "custom") return;
    if (const auto cores = compute.integer(name::cores)) out.leaf("CPU", std::to_string(*cores));
    if (const auto memory = compute.number(name::memory)) out.leaf("MEMORY", megabytes(*memory));
}

// What a guest is told, and everybody may read.
void write_context(xml::Writer& out, const occi::Resource& compute) {
    if (const auto hostname = compute.string(name::hostname))
        out.open("CONTEXT").leaf("HOSTNAME", *hostname).close();
}

void write_draft_body(xml::Writer& out, const occi::Resource& compute, std::string_view base) {
    out.leaf("TYPE", type_of(compute));
    write_sizes(out, compute);
    write_state(out, compute);
    out.open("DISKS");
    for (const auto* link : links_of(compute, "storagelink")) write_disk(out, *link, base);
    out.close().open("NICS");
    for (const auto* link : links_of(compute, "networkinterface")) write_nic(out, *link);
    out.close();
    write_context(out, compute);
}

// Release 1.4 as libcloud knows it: NETWORK must be there even when it is empty.
void write_body_of_14(xml::Writer& out, const occi::Resource& compute, std::string_view base) {
    write_state(out, compute);
    if (const auto disks = links_of(compute, "storagelink"); !disks.empty()) {
        out.open("STORAGE");
        for (const auto* link : disks) write_disk(out, *link, base);
        out.close();
    }
    out.open("NETWORK");
    for (const auto* link : links_of(compute, "networkinterface")) write_nic_of_14(out, *link, base);
    out.close().leaf("INSTANCE_TYPE", type_of(compute));
    write_sizes(out, compute);
    write_context(out, compute);
}

// ---- storage and network -------------------------------------------------------------------------------------------

// The word for a phase in which a DISK is not to be used; none when it is ready.
std::string_view unready_word(const std::optional<std::string>& phase) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> words{{
        {"pending", "PENDING"},
        {"failed", "FAILED"},
        {"deleting", "DONE"},
    }};
    for (const auto& [each, word] : words)
        if (phase == each) return word;
    return {};
}

// ---- instance types ------------------------------------------------------------------------------------------------

// Releases 3.2 and 3.6 want the children, 3.8 the attribute.
void write_type(xml::Writer& out, const occi::Mixin& type, std::string_view base) {
    occi::Entity sizes;
    for (const auto& attribute : type.attributes)
        if (attribute.fallback) sizes.attributes[attribute.name] = *attribute.fallback;
    const auto& term = type.id.term;
    out.open("INSTANCE_TYPE").attribute("href", href(base, "/instance_type", term)).attribute("name", term);
    out.leaf("ID", term).leaf("NAME", term);
    out.leaf("CPU", std::to_string(sizes.integer(name::cores).value_or(0)));
    out.leaf("MEMORY", megabytes(sizes.number(name::memory).value_or(0))).close();
}

} // namespace

std::string_view type_of(const occi::Resource& compute) noexcept {
    for (const auto& mixin : compute.mixins)
        if (mixin->id.scheme == occi::scheme::instance_type ||
            mixin->id.scheme == occi::scheme::compute_template)
            return mixin->id.term;
    return "custom";
}

std::string write_entry_point(std::string_view base) {
    xml::Writer out;
    out.open("COLLECTIONS");
    for (const auto& [element, path] : collections)
        out.open(element).attribute("href", fmt::format("{}{}", base, path)).close();
    return out.close().take();
}

std::string write_pool(const occi::Kind& kind, const std::vector<std::string>& ids, std::string_view base) {
    const auto pool = std::ranges::find(pools, std::string_view(kind.id.term), &Pool::kind);
    if (pool == pools.end()) throw Error(Fault::internal, "OpenNebula has no pool of " + kind.id.term);
    xml::Writer out;
    out.open(pool->root);
    for (const auto& id : ids) out.open(pool->entry).attribute("href", href(base, pool->path, id)).close();
    return out.close().take();
}

std::string write_compute(const occi::Resource& compute, std::string_view base, Dialect dialect) {
    xml::Writer out;
    open_entry(out, "COMPUTE", base, "/compute", compute);
    if (dialect == Dialect::draft)
        write_draft_body(out, compute, base);
    else
        write_body_of_14(out, compute, base);
    write_condition(out, compute);
    return out.close().take();
}

std::string write_network(const occi::Resource& network, std::string_view base) {
    xml::Writer out;
    open_entry(out, "NETWORK", base, "/network", network);
    write_description(out, network);
    if (const auto block = network.string(name::network_address))
        out.leaf("ADDRESS", std::string_view(*block).substr(0, block->find('/')));
    if (const auto size = network.string(name::network_size)) out.leaf("SIZE", *size);
    if (const auto mode = network.string(name::network_mode); mode && *mode != "isolated") {
        out.leaf("MODE", *mode);
        if (const auto bridge = network.string(name::network_bridge)) out.leaf("BRIDGE", *bridge);
    }
    if (const auto trouble = network.string(name::network_message)) write_message(out, *trouble);
    write_condition(out, network);
    return out.close().take();
}

std::string write_storage(const occi::Resource& storage, std::string_view base) {
    xml::Writer out;
    open_entry(out, "DISK", base, "/storage", storage);
    write_description(out, storage);
    out.leaf("SIZE", megabytes(storage.number(name::storage_size).value_or(0)));
    if (const auto url = storage.string(name::image_url)) out.leaf("URL", *url);
    if (const auto state = unready_word(storage.string(name::phase)); !state.empty()) {
        out.leaf("STATE", state);
        if (state == "FAILED") write_message(out, storage.string(name::storage_message).value_or(""));
    }
    write_condition(out, storage);
    return out.close().take();
}

std::string write_instance_types(const occi::Model& model, std::string_view base) {
    xml::Writer out;
    out.open("INSTANCE_TYPE_COLLECTION");
    for (const auto* type : model.resource_templates()) write_type(out, *type, base);
    return out.close().take();
}

std::string write_instance_type(const occi::Mixin& type, std::string_view base) {
    xml::Writer out;
    write_type(out, type, base);
    return out.take();
}

Uuid id_of_user(std::string_view name) { return named_uuid(space_of_users, name); }

std::string write_users(const std::vector<User>& users, std::string_view base) {
    xml::Writer out;
    out.open("USER_COLLECTION");
    for (const auto& user : users)
        out.open("USER")
            .attribute("href", href(base, "/user", id_of_user(user.name)))
            .attribute("name", user.name)
            .close();
    return out.close().take();
}

std::string write_user(const User& user, std::string_view base) {
    const auto id = id_of_user(user.name);
    xml::Writer out;
    out.open("USER").attribute("href", href(base, "/user", id));
    out.leaf("ID", id).leaf("NAME", user.name);
    if (!user.group.empty()) out.leaf("GROUP", user.group);
    return out.close().take();
}

std::string write_error(std::string_view sentence) {
    xml::Writer out;
    out.open("ERROR");
    write_message(out, sentence);
    return out.close().take();
}

} // namespace render::opennebula
