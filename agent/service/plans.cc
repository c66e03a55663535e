#include "agent/service/plans.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"
#include "agent/service/earlier_plans.hh"
#include "agent/service/network/modes.hh"
#include "drivers/note.hh"

#include <climits>
#include <string_view>

namespace service {
namespace {

xml::Element open(const state::Operation& operation, std::string_view name) {
    auto plan = xml::parse(operation.plan);
    if (plan.name != name)
        throw Error(Fault::invalid, "the plan of operation " + operation.id + " is a <" +
                                        text::printable(plan.name) + "> and no <" + std::string(name) + ">");
    return plan;
}

std::string read_text(const xml::Element& plan, std::string_view name) {
    const auto* value = plan.attribute(name);
    return value ? *value : std::string();
}

void read(const xml::Element& plan, std::string_view name, std::optional<std::string>& into) {
    if (const auto* value = plan.attribute(name)) into = *value;
}

void read_number(const xml::Element& plan, std::string_view name, std::uint64_t most,
                 std::optional<std::uint64_t>& into) {
    const auto* value = plan.attribute(name);
    if (!value) return;
    into = text::to_number(*value, most);
    if (!into)
        throw Error(Fault::invalid, "the attribute " + std::string(name) + " of a plan is \"" +
                                        text::printable(*value) + "\" and no number");
}

void read(const xml::Element& plan, std::string_view name, std::optional<std::uint64_t>& into) {
    read_number(plan, name, UINT64_MAX, into);
}

void read(const xml::Element& plan, std::string_view name, std::optional<unsigned>& into) {
    std::optional<std::uint64_t> number;
    read_number(plan, name, UINT_MAX, number);
    if (number) into = static_cast<unsigned>(*number);
}

void write(xml::Writer& out, std::string_view name, const std::optional<std::string>& value) {
    if (value) out.attribute(name, *value);
}

template <class Number>
void write(xml::Writer& out, std::string_view name, const std::optional<Number>& value) {
    if (value) out.attribute(name, std::to_string(*value));
}

// ---- computes ------------------------------------------------------------------------------------------------------

void read(const state::Operation& operation, hv::MachineSpec& spec) {
    spec = hv::from_note(xml::parse(operation.plan));
}

std::string to_text_of(const hv::MachineSpec& spec) { return hv::to_note(spec); }

constexpr std::string_view wish_element = "wish", note_element = "note", device_element = "device";

void read(const state::Operation& operation, Wish& wish) {
    if (is_earlier(operation)) return read_earlier(operation, wish);
    const auto plan = open(operation, wish_element);
    read(plan, "title", wish.title);
    read(plan, "arch", wish.arch);
    read(plan, "cores", wish.cores);
    read(plan, "shares", wish.shares);
    read(plan, "memory", wish.memory);
    read(plan, "disk", wish.disk);
    wish.sizes_are_own = plan.attribute("own-sizes") != nullptr;
    for (const auto* note : plan.all(note_element))
        wish.notes[read_text(*note, "key")] = read_text(*note, "value");
    for (const auto* device : plan.all(device_element))
        wish.device_titles[read_text(*device, "key")] = read_text(*device, "title");
}

std::string to_text_of(const Wish& wish) {
    xml::Writer out;
    out.open(wish_element);
    write(out, "title", wish.title);
    write(out, "arch", wish.arch);
    write(out, "cores", wish.cores);
    write(out, "shares", wish.shares);
    write(out, "memory", wish.memory);
    write(out, "disk", wish.disk);
    if (wish.sizes_are_own) out.attribute("own-sizes", "yes");
    for (const auto& [key, value] : wish.notes)
        out.open(note_element).attribute("key", key).attribute("value", value).close();
    for (const auto& [key, title] : wish.device_titles)
        out.open(device_element).attribute("key", key).attribute("title", title).close();
    return out.close().take();
}

constexpr std::string_view devices_element = "devices", more_element = "attach", less_element = "detach";

Devices devices_in(const xml::Element& plan, std::string_view name) {
    Devices devices;
    if (const auto* element = plan.child(name))
        for (const auto& device : element->children) {
            if (device.name == "disk") devices.disks.push_back(hv::disk_in(device));
            if (device.name == "nic") devices.nics.push_back(hv::nic_in(device));
        }
    return devices;
}

void write(xml::Writer& out, std::string_view name, const Devices& devices) {
    out.open(name);
    for (const auto& disk : devices.disks) hv::write_note(out, disk);
    for (const auto& nic : devices.nics) hv::write_note(out, nic);
    out.close();
}

void read(const state::Operation& operation, DeviceChange& change) {
    if (is_earlier(operation)) return read_earlier(operation, change);
    const auto plan = open(operation, devices_element);
    change = {devices_in(plan, more_element), devices_in(plan, less_element)};
}

std::string to_text_of(const DeviceChange& change) {
    xml::Writer out;
    out.open(devices_element);
    write(out, more_element, change.more);
    write(out, less_element, change.less);
    return out.close().take();
}

// ---- networks ------------------------------------------------------------------------------------------------------

constexpr std::string_view network_element = "network";

void read(const state::Operation& operation, hv::NetworkInfo& wanted) {
    const auto plan = open(operation, network_element);
    wanted.id = operation.target;
    wanted.name = read_text(plan, "name");
    wanted.bridge = read_text(plan, "bridge");
    wanted.mode = mode_named(read_text(plan, "mode")).value_or(wanted.mode);
    const auto address = Ipv4::parse(read_text(plan, "address"));
    std::optional<unsigned> prefix;
    if (address) read(plan, "prefix", prefix);
    if (address && prefix && *prefix <= 32) wanted.block = Ipv4Block{*address, *prefix};
}

std::string to_text_of(const hv::NetworkInfo& wanted) {
    xml::Writer out;
    out.open(network_element).attribute("name", wanted.name).attribute("mode", mode_name(wanted.mode));
    if (!wanted.bridge.empty()) out.attribute("bridge", wanted.bridge);
    if (wanted.block)
        out.attribute("address", wanted.block->address.text())
            .attribute("prefix", std::to_string(wanted.block->prefix));
    return out.close().take();
}

void read(const state::Operation& operation, Naming& naming) {
    naming = Naming::of(open(operation, network_element));
}

std::string to_text_of(const Naming& naming) {
    xml::Writer out;
    out.open(network_element);
    naming.write(out);
    return out.close().take();
}

// ---- storages ------------------------------------------------------------------------------------------------------

void read(const state::Operation& operation, Source& source) { source.name = operation.plan; }

std::string to_text_of(const Source& source) { return source.name; }

constexpr std::string_view storage_element = "storage", save_element = "save";

void read(const state::Operation& operation, StorageChange& change) {
    const auto plan = open(operation, storage_element);
    change.naming = Naming::of(plan);
    read(plan, "bytes", change.bytes);
}

std::string to_text_of(const StorageChange& change) {
    xml::Writer out;
    out.open(storage_element);
    change.naming.write(out);
    write(out, "bytes", change.bytes);
    return out.close().take();
}

void read(const state::Operation& operation, DiskSave& save) {
    const auto plan = open(operation, save_element);
    save = {read_text(plan, "compute"), read_text(plan, "volume")};
}

std::string to_text_of(const DiskSave& save) {
    xml::Writer out;
    out.open(save_element).attribute("compute", save.compute).attribute("volume", save.volume);
    return out.close().take();
}

std::string to_text_of(const NoPlan&) { return {}; }

} // namespace

std::string to_text(const Plan& plan) {
    return std::visit([](const auto& typed) { return to_text_of(typed); }, plan);
}

template <class T> T plan_of(const state::Operation& operation) {
    T plan;
    read(operation, plan);
    return plan;
}

template hv::MachineSpec plan_of<hv::MachineSpec>(const state::Operation&);
template Wish plan_of<Wish>(const state::Operation&);
template DeviceChange plan_of<DeviceChange>(const state::Operation&);
template hv::NetworkInfo plan_of<hv::NetworkInfo>(const state::Operation&);
template Naming plan_of<Naming>(const state::Operation&);
template Source plan_of<Source>(const state::Operation&);
template StorageChange plan_of<StorageChange>(const state::Operation&);
template DiskSave plan_of<DiskSave>(const state::Operation&);

} // namespace service
