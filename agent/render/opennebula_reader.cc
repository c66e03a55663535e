// OpenNebula's NETWORK and DISK as requests; opennebula_compute_reader.cc has COMPUTE.
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

constexpr std::array<std::string_view, 6> once_in_network{"NAME", "DESCRIPTION", "ADDRESS",
                                                          "SIZE", "MODE",        "BRIDGE"};
constexpr std::array<std::string_view, 4> once_in_storage{"NAME", "DESCRIPTION", "SIZE", "URL"};
constexpr std::array<std::string_view, 3> modes{"isolated", "nat", "bridge"};
constexpr std::array<std::string_view, 3> classes{"A", "B", "C"};

std::string read_network_size(std::string_view given) {
    auto size = text::upper(given);
    const auto addresses = text::to_number(size, most_addresses);
    const bool is_number = addresses && *addresses >= least_addresses;
    if (!is_number && std::ranges::find(classes, size) == classes.end())
        throw Error(Fault::invalid, fmt::format("SIZE \"{}\" is not A, B, C or a number from {} to {}",
                                                text::printable(given), least_addresses, most_addresses));
    return size;
}

std::string read_mode(std::string_view given) {
    auto mode = text::lower(given);
    if (std::ranges::find(modes, mode) == modes.end())
        throw Error(Fault::invalid,
                    fmt::format("MODE \"{}\" is not isolated, nat or bridge", text::printable(given)));
    return mode;
}

// dev_valid_name() of Linux, and no more than that of what people use.
std::string read_device(std::string_view given) {
    if (!is_word(given, longest_device, "_.-") || given == "." || given == "..")
        throw Error(Fault::invalid,
                    fmt::format("BRIDGE \"{}\" is no name of a network device", text::printable(given)));
    return std::string(given);
}

bool is_control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

std::string read_url(const std::string& given) {
    if (given.size() > longest_url)
        throw Error(Fault::invalid, fmt::format("URL has {} bytes, more than {}", given.size(), longest_url));
    if (std::ranges::any_of(given, is_control))
        throw Error(Fault::invalid,
                    fmt::format("URL \"{}\" has a control character", text::printable(given)));
    return given;
}

} // namespace

occi::Resource read_network(std::string_view body, const occi::Model& model, PassedOver* unused) {
    const auto root = parse_root(body, {"NETWORK", "NIC"});
    refuse_repeats(root, once_in_network);
    if (unused) note_unused(root, Purpose::creation, *unused);
    occi::Resource network;
    network.kind = model.known().network;
    read_texts(root, network);
    auto& values = network.attributes;
    if (const auto size = root.child_text("SIZE"); !size.empty())
        values[name::network_size] = read_network_size(size);
    if (const auto address = root.child_text("ADDRESS"); !address.empty()) {
        network.mixins.push_back(model.known().ipnetwork);
        values[name::network_address] = read_address(address, "ADDRESS", "10.1.0.0");
    }
    const auto mode = root.child_text("MODE");
    const auto bridge = root.child_text("BRIDGE");
    if (!mode.empty() || !bridge.empty()) network.mixins.push_back(model.known().network_bridge);
    if (!mode.empty()) values[name::network_mode] = read_mode(mode);
    if (!bridge.empty()) values[name::network_bridge] = read_device(bridge);
    return network;
}

occi::Resource read_storage(std::string_view body, const occi::Model& model, PassedOver* unused) {
    const auto root = parse_root(body, {"DISK", "STORAGE"});
    refuse_repeats(root, once_in_storage);
    if (unused) note_unused(root, Purpose::creation, *unused);
    occi::Resource storage;
    storage.kind = model.known().storage;
    read_texts(root, storage);
    const auto size = root.child_text("SIZE");
    const auto* url = root.child("URL");
    if (!size.empty()) storage.attributes[name::storage_size] = read_gibibytes(size, "SIZE of the disk");
    if (url && !url->text.empty()) storage.attributes[name::image_url] = read_url(url->text);
    return storage;
}

} // namespace render::opennebula
