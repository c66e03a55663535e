#include "drivers/libvirt/xml_volume.hh"

#include "agent/base/xml.hh"
#include "drivers/libvirt/volume_files.hh"

#include <algorithm>

namespace hv::libvirt {
namespace {

std::string_view format_name(Format format) { return format == Format::qcow2 ? "qcow2" : "raw"; }

void begin_volume(xml::Writer& out, const Uuid& id, Format format, std::uint64_t bytes) {
    out.open("volume").leaf("name", volume_name(id, format));
    out.open("capacity").attribute("unit", "bytes").text(std::to_string(bytes)).close();
    // Without it libvirt allocates a raw volume in full.
    out.open("allocation").attribute("unit", "bytes").text("0").close();
    out.open("target").open("format").attribute("type", format_name(format)).close();
    // Root's until a guest starts with it: libvirt hands the file over then, and takes it back.
    out.open("permissions").leaf("mode", "0600").close();
}

} // namespace

std::string pool_xml(const std::string& name, const std::filesystem::path& directory) {
    xml::Writer out;
    out.open("pool").attribute("type", "dir").leaf("name", name);
    out.open("target").leaf("path", directory.string()).close();
    out.close();
    return out.take();
}

std::filesystem::path directory_of_pool(std::string_view xml) {
    const auto pool = xml::parse(xml);
    const auto* target = pool.child("target");
    return target ? std::filesystem::path(target->child_text("path")) : std::filesystem::path();
}

std::string raw_volume_xml(const Uuid& id, std::uint64_t bytes) {
    xml::Writer out;
    begin_volume(out, id, Format::raw, bytes);
    out.close().close();
    return out.take();
}

std::string clone_xml(const Uuid& id, const Volume& base, std::uint64_t bytes) {
    xml::Writer out;
    begin_volume(out, id, Format::qcow2, std::max(bytes, base.bytes));
    // libvirt's own choice is version 0.10, which knows neither lazy refcounts nor bitmaps (backups).
    out.leaf("compat", "1.1").open("features").leaf("lazy_refcounts", "").close();
    out.close();
    out.open("backingStore").leaf("path", base.path);
    // Named, so that nobody guesses it from bytes that a guest may have written.
    out.open("format").attribute("type", format_name(base.format)).close();
    out.close().close();
    return out.take();
}

} // namespace hv::libvirt
