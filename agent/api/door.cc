#include "agent/api/door.hh"

#include "agent/auth/host_names.hh"
#include "agent/auth/permission.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <utility>

namespace api {
namespace {

constexpr std::string_view name_of_behalf = "X-On-Behalf-Of", name_of_group = "X-On-Behalf-Of-Group";

// What refers to the head, put together for one call.
struct ShownBy {
    explicit ShownBy(const http::Head& head) {
        shown.authorization = head.header("Authorization").value_or("");
        shown.token = head.header("X-Auth-Token").value_or("");
        shown.source = head.source;
        if (head.certificate) {
            certificate = {head.certificate->subject, head.certificate->fingerprint, head.certificate->names};
            shown.certificate = &certificate;
        }
        if (head.process) {
            process = {head.process->uid, head.process->gid, head.process->groups};
            shown.process = &process;
        }
    }
    ShownBy(const ShownBy&) = delete;
    ShownBy& operator=(const ShownBy&) = delete;

    auth::ShownCertificate certificate;
    auth::ShownProcess process;
    auth::Shown shown;
};

} // namespace

Doorkeeper::Doorkeeper(auth::Authenticator& authenticator, std::vector<std::string> names)
    : authenticator_(authenticator),
      names_(std::make_shared<const std::vector<std::string>>(std::move(names))) {}

void Doorkeeper::use(std::vector<std::string> names) {
    names_.set(std::make_shared<const std::vector<std::string>>(std::move(names)));
}

void Doorkeeper::check_host(const std::string& host) const {
    if (auth::is_local_host(host)) return;
    if (authenticator_.is_open())
        throw Error(Fault::forbidden, "the Host \"" + text::printable(host) +
                                          "\" is not this machine's loopback: without authentication only "
                                          "127.0.0.0/8, [::1] and localhost are served");
    if (auth::is_address(host) || auth::is_one_of(host, *names_.get())) return;
    throw Error(Fault::forbidden,
                "the Host \"" + text::printable(host) +
                    "\" is no name of this machine: [http] public_url gives it another one");
}

std::optional<auth::Verdict> Doorkeeper::judge(const http::Head& head, auth::Way::Told told) {
    check_host(head.host);
    return authenticator_.judge(ShownBy(head).shown, std::move(told));
}

std::vector<std::string> Doorkeeper::challenges(const http::Head& head) const {
    return authenticator_.challenges(ShownBy(head).shown);
}

auth::Principal on_behalf(const http::Head& head, const auth::Principal& who) {
    const auto name = head.header(name_of_behalf), group = head.header(name_of_group);
    if (!name && !group) return who;
    auth::require(who, auth::Permission::act_for_others, head.path);
    if (!name) throw Error(Fault::invalid, "X-On-Behalf-Of-Group stands without X-On-Behalf-Of");
    const auto check = [](std::string_view header, std::string_view value) {
        if (value.empty()) throw Error(Fault::invalid, std::string(header) + " is empty");
        if (const auto fault = text::fault_of_name(value))
            throw Error(Fault::invalid, std::string(header) + " " + *fault);
    };
    check(name_of_behalf, *name);
    if (group) check(name_of_group, *group);
    auth::Principal other{std::string(*name), auth::Role::user, std::string(group.value_or(""))};
    other.proof = who.proof;
    other.actor = who.name;
    return other;
}

} // namespace api
