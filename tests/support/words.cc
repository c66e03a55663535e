#include "tests/support/words.hh"

#include "agent/base/text.hh"
#include "agent/render/opennebula_xml.hh"

namespace words {

// ---- writing -------------------------------------------------------------------------------------------------------

std::string action_scheme(const std::string& kind) {
    return "http://schemas.ogf.org/occi/infrastructure/" + kind + "/action#";
}
std::string category(const std::string& term, const std::string& scheme, const std::string& role) {
    return "Category: " + term + "; scheme=\"" + scheme + "\"; class=\"" + role + "\"\n";
}
std::string kind(const std::string& term) { return category(term, infrastructure, "kind"); }
std::string mixin_line(const std::string& term, const std::string& scheme) {
    return "Category: " + term + "; scheme=\"" + scheme + "\"; class=\"mixin\"";
}
std::string mixin(const std::string& term, const std::string& scheme) {
    return mixin_line(term, scheme) + "\n";
}
std::string attribute(const std::string& assignment) { return "X-OCCI-Attribute: " + assignment + "\n"; }

std::string user(const std::string& base, const std::string& name) {
    return "<USER href=\"" + base + "/user/" + render::opennebula::id_of_user(name) + "\" name=\"" + name +
           "\"/>";
}

std::string link_to(const std::string& path, const std::string& more) {
    const bool is_network = path.starts_with("/network/");
    return "Link: <" + path + ">; rel=\"" + infrastructure + (is_network ? "network" : "storage") +
           "\"; category=\"" + infrastructure + (is_network ? "networkinterface" : "storagelink") + "\"" +
           more + "\n";
}
std::string link(const std::string& kind_of_link, const std::string& source, const std::string& target) {
    return kind(kind_of_link) + attribute("occi.core.source=\"" + source + "\"") +
           attribute("occi.core.target=\"" + target + "\"");
}

// ---- reading -------------------------------------------------------------------------------------------------------

std::string path_of(const std::string& url) {
    const auto host = url.find("://");
    return host == url.npos ? url : url.substr(url.find('/', host + 3));
}

std::vector<std::string> lines_of(const std::string& body, const std::string& name) {
    std::vector<std::string> values;
    for (const auto& line : text::split(body, '\n'))
        if (line.starts_with(name + ": ")) values.push_back(line.substr(name.size() + 2));
    return values;
}

bool has_line(const std::string& body, const std::string& line) {
    return ("\n" + body + "\n").find("\n" + line + "\n") != std::string::npos;
}

std::string parameter(const std::string& line, const std::string& name) {
    const auto begin = line.find("; " + name + "=");
    if (begin == line.npos) return {};
    auto value = line.substr(begin + name.size() + 3);
    if (value.starts_with('"')) return value.substr(1, value.find('"', 1) - 1);
    return value.substr(0, value.find(';'));
}

std::string value_of(const std::string& body, const std::string& attribute) {
    for (const auto& line : lines_of(body, "X-OCCI-Attribute")) {
        if (!line.starts_with(attribute + "=")) continue;
        const auto value = line.substr(attribute.size() + 1);
        return value.size() > 1 && value.starts_with('"') ? value.substr(1, value.size() - 2) : value;
    }
    return {};
}

std::string category_in(const std::string& body, const std::string& term, const std::string& scheme) {
    for (const auto& line : lines_of(body, "Category"))
        if (line.starts_with(term + "; scheme=\"" + scheme + "\"")) return line;
    return {};
}

std::string link_in(const std::string& body, const std::string& self) {
    for (const auto& line : lines_of(body, "Link"))
        if (parameter(line, "self").starts_with(self)) return line;
    return {};
}

} // namespace words
