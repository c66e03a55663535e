// OpenNebula's USERs: those who have something here.
#include "agent/api/handlers.hh"
#include "agent/api/opennebula.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/render/opennebula_xml.hh"
#include "agent/service/people.hh"

#include <algorithm>

namespace api {
namespace {

namespace opennebula = render::opennebula;

std::vector<opennebula::User> users_for(const Call& call) {
    std::vector<opennebula::User> users;
    for (auto& [name, group] : service::people(*call.services.context.inventory.now(), call.who))
        users.push_back({std::move(name), std::move(group)});
    return users;
}

} // namespace

http::Response list_users(const Call& call) {
    return xml(200, opennebula::write_users(users_for(call), call.base));
}

http::Response show_user(const Call& call) {
    const auto users = users_for(call);
    const auto found = std::ranges::find_if(
        users, [&](const opennebula::User& user) { return opennebula::id_of_user(user.name) == call.id; });
    if (found == users.end()) throw Error(Fault::not_found, "there is no user " + text::printable(call.id));
    return xml(200, opennebula::write_user(*found, call.base));
}

} // namespace api
