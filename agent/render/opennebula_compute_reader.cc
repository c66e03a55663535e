// COMPUTE as a request, in every spelling that the releases had. Two tables say where disks and NICs stand; an element
// that is in neither is passed over, because clients send back what they read (opennebula_words.cc).
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/render/opennebula_elements.hh"
#include "agent/render/opennebula_words.hh"
#include "agent/render/opennebula_xml.hh"

#include <algorithm>
#include <array>
#include <fmt/core.h>

namespace render::opennebula {
namespace {

namespace name = occi::name;
using Known = occi::Model::Known;

constexpr std::array<std::string_view, 12> once_in_compute{"ID",      "NAME", "TYPE",    "INSTANCE_TYPE",
                                                           "STATE",   "CPU",  "MEMORY",  "DISKS",
                                                           "STORAGE", "NICS", "NETWORK", "CONTEXT"};
constexpr std::string_view default_file_system = "ext4";

// ---- what a disk or a NIC refers to --------------------------------------------------------------------------------

// Where the id of an image or a network can stand: in attributes, in the attributes of a child, in the text of a child.
struct Spelling {
    std::string_view attribute; // empty: the text
    std::string_view child;     // empty: the element itself
};
constexpr std::array image_spellings{Spelling{"image", ""},         // 1.4, and what we write
                                     Spelling{"href", ""},          // 1.4's answers
                                     Spelling{"href", "STORAGE"}};  // 2.0 and later
constexpr std::array network_spellings{Spelling{"network", ""},     // 1.4
                                       Spelling{"href", ""},        // 1.4's answers
                                       Spelling{"href", "NETWORK"}, // 2.0 and later
                                       Spelling{"", "UUID"}};       // the draft

std::string_view written_as(const xml::Element& element, const Spelling& spelling) {
    const auto* place = spelling.child.empty() ? &element : element.child(spelling.child);
    if (!place) return {};
    if (spelling.attribute.empty()) return text::trim(place->text);
    const auto* value = place->attribute(spelling.attribute);
    return value ? text::trim(*value) : std::string_view{};
}

// The one id that the element refers to; empty when it refers to nothing.
std::string reference_of(const xml::Element& element, std::span<const Spelling> spellings) {
    std::string id;
    for (const auto& spelling : spellings) {
        const std::string_view single[]{spelling.child};
        refuse_repeats(element, single);
        const auto href = written_as(element, spelling);
        if (href.empty()) continue;
        const auto other = read_id(href);
        if (!id.empty() && id != other)
            throw Error(Fault::invalid, fmt::format("a {} names both {} and {}", element.name, id, other));
        id = other;
    }
    return id;
}

occi::Link& add_link(ComputeRequest& request, const occi::Kind* kind, std::size_t most,
                     std::string_view many) {
    auto& links = request.resource.links;
    if (std::ranges::count(links, kind, &occi::Link::kind) == static_cast<std::ptrdiff_t>(most))
        throw Error(Fault::invalid, fmt::format("more than {} {}", most, many));
    auto& link = links.emplace_back();
    link.kind = kind;
    return link;
}

// ---- disks ---------------------------------------------------------------------------------------------------------

using ReadInto = void (*)(const xml::Element&, const Known&, ComputeRequest&);

// A device of another name (sda1, hda) is what other hypervisors give, and is passed over.
occi::Link& add_disk(const xml::Element& element, const Known& known, ComputeRequest& request) {
    auto& link = add_link(request, known.storagelink, most_disks, "disks");
    if (const auto named = value_of(element, "dev", "TARGET"))
        if (auto device = device_named(*named); !device.empty())
            link.attributes[name::deviceid] = std::move(device);
    return link;
}

occi::Link& add_ephemeral(const xml::Element& element, const Known& known, ComputeRequest& request,
                          const char* content, std::string_view what) {
    const auto size = value_of(element, "size", "SIZE");
    if (!size) throw Error(Fault::invalid, fmt::format("{} is missing", what));
    auto& link = add_disk(element, known, request);
    link.mixins.push_back(known.ephemeral_disk);
    link.attributes[name::disk_content] = content;
    link.attributes[name::disk_size] = read_gibibytes(*size, what);
    return link;
}

void read_swap(const xml::Element& element, const Known& known, ComputeRequest& request) {
    add_ephemeral(element, known, request, "swap", "SIZE of the swap disk");
}

void read_file_system(const xml::Element& element, const Known& known, ComputeRequest& request) {
    const auto given = value_of(element, "format", "FORMAT");
    const auto format = given ? text::lower(*given) : std::string(default_file_system);
    if (!is_word(format, longest_file_system, ""))
        throw Error(Fault::invalid,
                    fmt::format("FORMAT \"{}\" is no name of a file system", text::printable(*given)));
    auto& link = add_ephemeral(element, known, request, "filesystem", "SIZE of the file system disk");
    link.attributes[name::disk_filesystem] = format;
}

void read_image_disk(const xml::Element& element, const Known& known, ComputeRequest& request) {
    // Nothing here could do it, and to ignore it would be to lose what the client wants to keep.
    if (element.child("SAVE_AS")) throw Error(Fault::unsupported, "SAVE_AS is not supported");
    const auto image = reference_of(element, image_spellings);
    // A disk that somebody gave the machine behind our back is written with its device only, and may come back so.
    if (image.empty() && !element.attribute("dev")) throw Error(Fault::invalid, "a DISK names no image");
    auto& link = add_disk(element, known, request);
    if (image.empty()) return;
    link.mixins.push_back(known.clone);
    link.target = "/storage/" + image;
    link.target_kind = known.storage;
}

// 1.4 answered <DISK type="swap" size=...> for what it took as <SWAP size=...>.
void read_disk(const xml::Element& element, const Known& known, ComputeRequest& request) {
    const auto* type = element.attribute("type");
    if (type && text::same(*type, "swap")) return read_swap(element, known, request);
    if (type && text::same(*type, "fs")) return read_file_system(element, known, request);
    read_image_disk(element, known, request);
}

// ---- NICs ----------------------------------------------------------------------------------------------------------

void read_nic(const xml::Element& element, const Known& known, ComputeRequest& request) {
    const auto network = reference_of(element, network_spellings);
    // The same as with disks: a NIC on something that is no network of ours comes back with its MAC only.
    if (network.empty() && !value_of(element, "mac", "MAC"))
        throw Error(Fault::invalid, "a NIC names no network");
    auto& link = add_link(request, known.networkinterface, most_nics, "NICs");
    link.target_kind = known.network;
    if (!network.empty()) link.target = "/network/" + network;
    if (const auto address = value_of(element, "ip", "IP")) {
        link.mixins.push_back(known.ipnetworkinterface);
        link.attributes[name::nic_address] = read_address(*address, "IP", "10.1.0.7");
    }
    if (const auto mac = value_of(element, "mac", "MAC")) link.attributes[name::mac] = text::lower(*mac);
}

// ---- where they stand ----------------------------------------------------------------------------------------------

struct Place {
    std::string_view element;
    ReadInto read;
    bool ComputeRequest::*named = nullptr; // set by the mere presence of the element
};

void read_children(const xml::Element& parent, std::span<const Place> places, const Known& known,
                   ComputeRequest& request) {
    for (const auto& child : parent.children) {
        const auto place = std::ranges::find(places, child.name, &Place::element);
        if (place == places.end()) continue;
        if (place->named) request.*place->named = true;
        place->read(child, known, request);
    }
}

constexpr std::array in_disks{Place{"DISK", read_disk}, Place{"SWAP", read_swap},
                              Place{"FS", read_file_system}};
constexpr std::array in_nics{Place{"NIC", read_nic}};

void read_disks(const xml::Element& element, const Known& known, ComputeRequest& request) {
    read_children(element, in_disks, known, request);
}

void read_nics(const xml::Element& element, const Known& known, ComputeRequest& request) {
    read_children(element, in_nics, known, request);
}

// What a guest is told of its user.
struct ContextWord {
    std::string_view element;
    const char* attribute;
    const occi::Mixin* Known::*mixin; // that has it; nullptr: every compute
};
constexpr std::array in_context{
    ContextWord{"HOSTNAME", name::hostname, nullptr},
    ContextWord{"SSH_PUBLIC_KEY", name::ssh_key, &Known::ssh_key},
    ContextWord{"USER_DATA", name::user_data, &Known::user_data},
};

void read_context(const xml::Element& element, const Known& known, ComputeRequest& request) {
    for (const auto& [word, attribute, mixin] : in_context) {
        const std::string_view single[]{word};
        refuse_repeats(element, single);
        const auto value = element.child_text(word);
        if (value.empty()) continue;
        if (mixin) request.resource.mixins.push_back(known.*mixin);
        request.resource.attributes[attribute] = std::string(value);
    }
}

constexpr std::array in_compute{
    Place{"DISKS", read_disks, &ComputeRequest::names_disks},     // the draft
    Place{"STORAGE", read_disks, &ComputeRequest::names_disks},   // 1.4
    Place{"DISK", read_disk, &ComputeRequest::names_disks},       // 2.0 and later
    Place{"NICS", read_nics, &ComputeRequest::names_networks},    // the draft
    Place{"NETWORK", read_nics, &ComputeRequest::names_networks}, // 1.4
    Place{"NIC", read_nic, &ComputeRequest::names_networks},      // 2.0 and later
    Place{"CONTEXT", read_context},                               // 2.0 and later
};

// ---- the instance type ---------------------------------------------------------------------------------------------

std::string_view type_named_by(const xml::Element& root) {
    if (const auto* element = root.child("INSTANCE_TYPE")) {
        const auto* href = element->attribute("href");
        const auto name = text::trim(href ? text::last_segment(text::trim(*href)) : element->text);
        if (!name.empty()) return name;
    }
    return root.child_text("TYPE");
}

const occi::Mixin& find_type(std::string_view name, const occi::Model& model) {
    if (const auto* type = model.resource_template(name)) return *type;
    std::string offered;
    for (const auto* type : model.resource_templates())
        offered += (offered.empty() ? "" : ", ") + type->id.term;
    throw Error(Fault::invalid,
                fmt::format("unknown TYPE \"{}\"; this agent has {}", text::printable(name), offered));
}

void read_type(const xml::Element& root, const occi::Model& model, ComputeRequest& request) {
    const auto name = type_named_by(root);
    if (name.empty()) return;
    const auto& type = find_type(name, model);
    request.names_template = true;
    request.resource.mixins.push_back(&type);
    // Beside another type they are what a client read of it, and no wish.
    if (leaves_sizes_open(type)) request.resource.attributes.merge(read_sizes(request));
}

// ---- whose document it is ------------------------------------------------------------------------------------------

// No fault when it is no id: in a creation it is another server's.
void read_ids(const xml::Element& root, ComputeRequest& request) {
    const auto* href = root.attribute("href");
    for (const auto given : {root.child_text("ID"), href ? text::trim(*href) : std::string_view{}})
        if (!given.empty()) request.ids.push_back(text::lower(text::last_segment(given)));
}

// nullopt: there is no such child; an empty one is there.
std::optional<std::string> text_of(const xml::Element& root, std::string_view child) {
    if (!root.child(child)) return std::nullopt;
    return std::string(root.child_text(child));
}

bool is_known(const xml::Element& child) {
    return std::ranges::find(once_in_compute, child.name) != once_in_compute.end() ||
           std::ranges::find(in_compute, child.name, &Place::element) != in_compute.end();
}

bool is_strange(const xml::Element& root) {
    const auto is_id = [](const xml::Element& child) { return child.name == "ID"; };
    const auto says_something = [&](const xml::Element& child) { return is_known(child) && !is_id(child); };
    return std::ranges::none_of(root.children, says_something) &&
           !(std::ranges::all_of(root.children, is_id) && text::trim(root.text).empty());
}

} // namespace

bool leaves_sizes_open(const occi::Mixin& type) {
    return std::ranges::any_of(type.attributes, [](const auto& attribute) { return !attribute.fixed; });
}

occi::Attributes read_sizes(const ComputeRequest& request) {
    occi::Attributes sizes;
    if (request.cpu) {
        const auto number = text::to_number(*request.cpu, most_cores);
        if (!number || *number == 0)
            throw Error(Fault::invalid,
                        fmt::format("CPU is \"{}\": a whole number of processors is needed, 1 or more",
                                    text::printable(*request.cpu)));
        sizes[name::cores] = static_cast<std::int64_t>(*number);
    }
    if (request.memory) sizes[name::memory] = read_gibibytes(*request.memory, "MEMORY");
    return sizes;
}

ComputeRequest read_compute(std::string_view body, const occi::Model& model, Purpose purpose,
                            PassedOver* unused) {
    const auto root = parse_root(body, {"COMPUTE"});
    refuse_repeats(root, once_in_compute);
    ComputeRequest request;
    if (unused) note_unused(root, purpose, *unused);
    request.resource.kind = model.known().compute;
    read_ids(root, request);
    request.is_strange = is_strange(root);
    request.cpu = text_of(root, "CPU");
    request.memory = text_of(root, "MEMORY");
    read_title(root, request.resource);
    // In a creation that is what a client sends that has no name for it, and in a change the name that it is to have.
    if (const auto* name = root.child("NAME"); name && name->text.empty() && purpose == Purpose::change)
        request.resource.attributes[name::title] = std::string();
    read_type(root, model, request);
    if (const auto* state = root.child("STATE")) request.state = std::string(text::trim(state->text));
    read_children(root, in_compute, model.known(), request);
    return request;
}

} // namespace render::opennebula
