#include "drivers/libvirt/xml_domain_parts.hh"

#include "agent/base/error.hh"

#include <algorithm>
#include <array>

namespace hv::libvirt {

// ---- what changing a document writes, too --------------------------------------------------------------------------

namespace parts {
namespace {

constexpr std::size_t serial_length = 20; // what a virtio disk shows to its guest (VIRTIO_BLK_ID_BYTES)

std::uint64_t in_kibibytes(std::uint64_t bytes) { return (bytes + kibibyte - 1) / kibibyte; }

} // namespace

void copy(xml::Writer& out, const xml::Element& element) {
    out.open(element.name);
    for (const auto& [name, value] : element.attributes) out.attribute(name, value);
    out.text(element.text);
    for (const auto& child : element.children) copy(out, child);
    out.close();
}

std::string_view serial_of(const Disk& disk) noexcept {
    return std::string_view(disk.volume).substr(0, serial_length);
}

void write_cpu(xml::Writer& out, const std::string& type, const std::string& arch) {
    if (type == "kvm") out.open("cpu").attribute("mode", "host-passthrough").close();
    // TCG's default is an x86-64 of 2003, which current distributions refuse to boot on.
    else if (arch == "x86_64")
        out.open("cpu").attribute("mode", "maximum").close();
}

// All of it is there from the start: a guest without a driver for its balloon would have more than it was given.
void write_memory(xml::Writer& out, std::uint64_t bytes) {
    out.open("memory").attribute("unit", "KiB").text(std::to_string(in_kibibytes(bytes))).close();
}

// Some processors more may come while it runs, on the machines that can do that.
void write_cores(xml::Writer& out, unsigned cores, bool is_x86, const Frame& frame) {
    const auto most = is_x86 ? std::max(cores, frame.most_cores) : cores;
    out.open("vcpu");
    if (most > cores) out.attribute("current", std::to_string(cores));
    out.text(std::to_string(most)).close();
}

void write_shares(xml::Writer& out, unsigned shares) {
    if (shares > 0) out.leaf("shares", std::to_string(shares));
}

void write_os_type(xml::Writer& out, const std::string& arch) {
    out.open("type")
        .attribute("arch", arch)
        .attribute("machine", is_x86(arch) ? "pc" : "virt")
        .text("hvm")
        .close();
}

} // namespace parts

// ---- a domain and its devices --------------------------------------------------------------------------------------

namespace {

using namespace parts;

constexpr std::array x86{std::string_view("x86_64"), std::string_view("i686")};

void alias(xml::Writer& out, std::string_view name) {
    // libvirt keeps an alias of ours from one start to the next if it begins so.
    out.open("alias").attribute("name", "ua-" + std::string(name)).close();
}

std::string_view name_of(Format format) noexcept { return format == Format::qcow2 ? "qcow2" : "raw"; }

void write_source(xml::Writer& out, const std::string& path) {
    out.open("source").attribute("file", path).close();
}

// The whole chain is spelled out, so that QEMU never guesses a format from bytes that a guest wrote.
void write_backing_stores(xml::Writer& out, const std::vector<Layer>& layers) {
    for (std::size_t i = 1; i < layers.size(); ++i) {
        out.open("backingStore").attribute("type", "file");
        out.open("format").attribute("type", name_of(layers[i].format)).close();
        write_source(out, layers[i].path);
    }
    out.open("backingStore").close();
    for (std::size_t i = 1; i < layers.size(); ++i) out.close();
}

void write(xml::Writer& out, const Disk& disk, bool boots) {
    if (disk.layers.empty()) throw Error(Fault::invalid, "the disk " + disk.target + " has no file");
    const auto& top = disk.layers.front();
    out.open("disk").attribute("type", "file").attribute("device", "disk");
    out.open("driver")
        .attribute("name", "qemu")
        .attribute("type", name_of(top.format))
        .attribute("discard", "unmap")
        .close();
    write_source(out, top.path);
    write_backing_stores(out, disk.layers);
    out.open("target").attribute("dev", disk.target).attribute("bus", "virtio").close();
    if (!disk.volume.empty()) out.leaf("serial", serial_of(disk));
    if (boots) out.open("boot").attribute("order", "1").close();
    alias(out, "disk-" + disk.target);
    out.close();
}

const std::string& name_of_network(const Nic& nic, const Frame& frame) {
    const auto name = frame.network_names.find(nic.network);
    if (name == frame.network_names.end())
        throw Error(Fault::not_found, "there is no network " + nic.network);
    return name->second;
}

void write(xml::Writer& out, const Nic& nic, std::string_view name, const std::string& network) {
    out.open("interface").attribute("type", "network");
    if (!nic.mac.empty()) out.open("mac").attribute("address", nic.mac).close();
    out.open("source").attribute("network", network).close();
    out.open("model").attribute("type", "virtio").close();
    alias(out, "nic-" + std::string(name));
    out.close();
}

void write_console(xml::Writer& out, const std::filesystem::path& log) {
    out.open("serial").attribute("type", "pty");
    out.open("log").attribute("file", log.string()).attribute("append", "on").close();
    alias(out, "serial");
    out.close();
}

void write_other_devices(xml::Writer& out) {
    out.open("channel").attribute("type", "unix");
    out.open("target").attribute("type", "virtio").attribute("name", "org.qemu.guest_agent.0").close();
    alias(out, "agent");
    out.close();
    // libvirt would add a USB controller, whose polling costs CPU time for nothing: there is no USB device.
    out.open("controller").attribute("type", "usb").attribute("model", "none").close();
    out.open("memballoon").attribute("model", "virtio");
    alias(out, "balloon");
    out.close();
    out.open("rng").attribute("model", "virtio");
    out.open("backend").attribute("model", "random").text("/dev/urandom").close();
    alias(out, "rng");
    out.close();
}

void write_devices(xml::Writer& out, const Uuid& id, const MachineSpec& spec, const Frame& frame) {
    out.open("devices");
    for (const auto& disk : spec.disks) write(out, disk, &disk == &spec.disks.front());
    for (std::size_t i = 0; i < spec.nics.size(); ++i)
        write(out, spec.nics[i], std::to_string(i), name_of_network(spec.nics[i], frame));
    write_console(out, console_log(frame.console_path, id));
    write_other_devices(out);
    out.close();
}

} // namespace

std::string in_one_line(std::string title) {
    std::ranges::replace_if(
        title, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return title;
}

std::string domain_name(const Uuid& id) { return "occi-" + id; }

std::filesystem::path console_log(const std::filesystem::path& console_path, const Uuid& id) {
    return console_path / (id + ".log");
}

bool is_x86(std::string_view arch) noexcept { return std::ranges::find(x86, arch) != x86.end(); }

MachineSpec completed(MachineSpec spec) {
    // Past 26 disks come vdaa, vdab, ... as the kernel counts.
    const auto target = [](std::size_t index) {
        std::string letters;
        for (++index; index > 0; index = (index - 1) / 26)
            letters.insert(letters.begin(), static_cast<char>('a' + (index - 1) % 26));
        return "vd" + letters;
    };
    for (std::size_t i = 0; i < spec.disks.size(); ++i)
        if (spec.disks[i].target.empty()) spec.disks[i].target = target(i);
    return spec;
}

std::string to_domain_xml(const Uuid& id, const MachineSpec& spec, const Frame& frame) {
    const auto& arch = spec.arch.empty() ? frame.arch : spec.arch;
    xml::Writer out;
    out.open("domain").attribute("type", frame.type);
    out.leaf("name", domain_name(id)).leaf("uuid", id);
    if (!spec.title.empty()) out.leaf("title", in_one_line(spec.title));
    out.open("metadata");
    write_note(out, spec, {id, frame.agent});
    out.close();
    write_memory(out, spec.memory);
    write_cores(out, spec.cores, is_x86(arch), frame);
    if (spec.shares > 0) {
        out.open("cputune");
        write_shares(out, spec.shares);
        out.close();
    }
    out.open("os");
    write_os_type(out, arch);
    out.close();
    if (is_x86(arch)) out.open("features").open("acpi").close().open("apic").close().close();
    write_cpu(out, frame.type, arch);
    out.open("clock").attribute("offset", "utc").close();
    out.leaf("on_poweroff", "destroy").leaf("on_reboot", "restart").leaf("on_crash", "destroy");
    write_devices(out, id, spec, frame);
    return out.close().take();
}

std::string to_disk_xml(const Disk& disk) {
    xml::Writer out;
    write(out, disk, false);
    return out.take();
}

// The alias takes no colon.
std::string to_nic_xml(const Nic& nic, const std::string& network_name) {
    auto name = nic.mac;
    std::ranges::replace(name, ':', '-');
    xml::Writer out;
    write(out, nic, name, network_name);
    return out.take();
}

std::string shape_of(std::string_view document) {
    std::string shape;
    bool in_tag = false;
    bool in_value = false;
    for (const char c : document) {
        if (c == '<') in_tag = true;
        if (!in_tag) continue;
        if (c == '"') in_value = !in_value;
        if (in_value) continue;
        shape += c;
        if (c == '>') in_tag = false;
    }
    return shape;
}

} // namespace hv::libvirt
