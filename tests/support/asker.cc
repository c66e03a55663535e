#include "tests/support/asker.hh"

#include "tests/support/words.hh"

#include <nlohmann/json.hpp>

namespace support {
namespace {

using nlohmann::json;

// Without what makes it a URN.
std::string id_in(const json& entity) {
    const auto urn = entity["id"].get<std::string>();
    return urn.substr(urn.rfind(':') + 1);
}

// The entities of a pool that are as wanted.
template <class Wanted>
std::vector<std::string> ids_of(const Asker& asker, const std::string& pool, Wanted&& is_wanted) {
    std::vector<std::string> ids;
    const auto all = asker.read(pool);
    for (const auto& one : all.value("resources", json::array()))
        if (is_wanted(one)) ids.push_back(id_in(one));
    return ids;
}

std::string last(const std::vector<std::string>& ids) { return ids.empty() ? "" : ids.back(); }

} // namespace

std::string Asker::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(client.port()) + path;
}

Answer Asker::get(const std::string& target, const Headers& headers) const {
    return client.send("GET", target, {}, headers);
}

Answer Asker::get_as(const std::string& type, const std::string& target) const {
    return get(target, {{"Accept", type}});
}

json Asker::read(const std::string& target) const {
    return json::parse(get_as("application/json", target).body);
}

json Asker::value(const std::string& path, const std::string& attribute) const {
    return read(path)["attributes"].value(attribute, json());
}

json Asker::health() const { return json::parse(client.get("/-/health").body); }

std::string Asker::actions_of(const std::string& path) const {
    std::string terms;
    const auto offered = read(path).value("actions", json::array());
    for (const auto& action : offered) {
        const auto type = action.get<std::string>();
        terms += type.substr(type.find('#') + 1) + " ";
    }
    return terms;
}

std::vector<std::string> Asker::ids(const std::string& pool) const {
    return ids_of(*this, pool, [](const json&) { return true; });
}

std::string Asker::other_than(const std::string& id, const std::string& pool) const {
    return last(ids_of(*this, pool, [&](const json& one) { return id_in(one) != id; }));
}

std::string Asker::titled(const std::string& title, const std::string& pool) const {
    return last(ids_of(*this, pool, [&](const json& one) { return one.value("title", "") == title; }));
}

Answer Asker::post_text(const std::string& target, const std::string& body) const {
    return client.send("POST", target, body, {{"Content-Type", "text/plain"}, {"Accept", "text/plain"}});
}

Answer Asker::act(const std::string& path, const std::string& term, const std::string& attributes) const {
    const auto kind = path.substr(1, path.find('/', 1) - 1);
    return post_text(path + "?action=" + term,
                     words::category(term, words::action_scheme(kind), "action") + attributes);
}

Answer Asker::put(const std::string& compute, const std::string& state) const {
    return client.put("/compute/" + compute, "<COMPUTE><STATE>" + state + "</STATE></COMPUTE>");
}

std::string element(const std::string& document, const std::string& name) {
    const auto begin = document.find("<" + name + ">");
    const auto end = document.find("</" + name + ">", begin);
    if (begin == std::string::npos || end == std::string::npos) return "";
    return document.substr(begin + name.size() + 2, end - begin - name.size() - 2);
}

bool has(const std::string& document, const std::string& words) {
    return document.find(words) != std::string::npos;
}

} // namespace support
