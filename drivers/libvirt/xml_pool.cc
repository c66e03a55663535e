#include "drivers/libvirt/xml_pool.hh"

#include "agent/base/text.hh"
#include "agent/base/xml.hh"

#include <limits>

namespace hv::libvirt {

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

// <secmodel><model>dac</model><baselabel type='kvm'>+64055:+64055</baselabel>: the user and the group by number.
std::optional<uid_t> user_of_guests(std::string_view capabilities) {
    constexpr xml::Limits limits{
        .bytes = 16 << 20, .depth = 64, .elements = 100'000, .attributes = 256, .text = 16 << 20};
    const auto document = xml::parse(capabilities, limits);
    const auto* host = document.child("host");
    if (!host) return std::nullopt;
    for (const auto* model : host->all("secmodel")) {
        if (model->child_text("model") != "dac") continue;
        const auto label = model->child_text("baselabel");
        if (label.empty() || label.front() != '+') continue;
        const auto user = text::to_number(std::string_view(label).substr(1, label.find(':') - 1),
                                          std::numeric_limits<uid_t>::max() - 1);
        if (user && *user != 0) return static_cast<uid_t>(*user);
    }
    return std::nullopt;
}

} // namespace hv::libvirt
