#include "agent/api/door.hh"

#include "agent/api/headers.hh"
#include "agent/auth/account_file.hh"
#include "agent/auth/host_names.hh"
#include "agent/auth/permission.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <utility>

namespace api {
namespace {

constexpr std::string_view name_of_behalf = "X-On-Behalf-Of", name_of_group = "X-On-Behalf-Of-Group";

// Head::source of who is on this machine.
bool is_local_source(std::string_view source) {
    return source.starts_with("unix") || source == "::1" || auth::is_local_host(source);
}

// What a page of another site makes a browser send, with the password or the certificate that the browser has for this
// one: browsers name the page's site with everything that may change something (Fetch, 3.1). Nobody else does.
void check_origin(const http::Head& head) {
    using http::Method;
    if (head.method == Method::get || head.method == Method::head || head.method == Method::options) return;
    const auto origin = sole_header(head, "Origin");
    if (!origin) return;
    const auto scheme = origin->find("://");
    if (scheme != origin->npos && text::same(origin->substr(scheme + 3), head.host)) return;
    throw Error(Fault::forbidden, "the Origin \"" + text::printable(*origin) +
                                      "\" is another site: its pages may change nothing here");
}

// What refers to the head, put together for one call. Error{invalid}: a header stands there twice, and two programs
// could go by another one each.
struct ShownBy {
    explicit ShownBy(const http::Head& head) {
        shown.authorization = sole_header(head, "Authorization").value_or("");
        shown.token = sole_header(head, "X-Auth-Token").value_or("");
        shown.source = head.source;
        if (head.certificate) {
            certificate = {head.certificate->subject, head.certificate->fingerprint, head.certificate->until,
                           head.certificate->names};
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

void Doorkeeper::check_host(const http::Head& head) const {
    const auto& host = head.host;
    const bool is_open = authenticator_.is_open();
    // A socket that others reach may be open still when a new configuration asks for nothing any more.
    if (is_open && !is_local_source(head.source))
        throw Error(Fault::forbidden, "without authentication only this machine is served");
    if (auth::is_local_host(host)) return;
    if (is_open)
        throw Error(Fault::forbidden, "the Host \"" + text::printable(host) +
                                          "\" is not this machine's loopback: without authentication only "
                                          "127.0.0.0/8, [::1] and localhost are served");
    if (auth::is_address(host) || auth::is_one_of(host, *names_.get())) return;
    throw Error(Fault::forbidden,
                "the Host \"" + text::printable(host) +
                    "\" is no name of this machine: [http] public_url gives it another one");
}

std::optional<auth::Verdict> Doorkeeper::known(const http::Head& head) {
    check_host(head);
    check_origin(head);
    return authenticator_.known(ShownBy(head).shown);
}

std::optional<auth::Verdict> Doorkeeper::judge(const http::Head& head, auth::Way::Told told,
                                               IsWanted is_wanted) {
    ShownBy by(head);
    by.shown.is_wanted = std::move(is_wanted);
    return authenticator_.judge(by.shown, std::move(told));
}

std::vector<std::string> Doorkeeper::challenges(const http::Head& head) const {
    return authenticator_.challenges(ShownBy(head).shown);
}

auth::Principal on_behalf(const http::Head& head, const auth::Principal& who) {
    const auto name = sole_header(head, name_of_behalf), group = sole_header(head, name_of_group);
    if (!name && !group) return who;
    auth::require(who, auth::Permission::act_for_others, head.path);
    if (!name) throw Error(Fault::invalid, "X-On-Behalf-Of-Group stands without X-On-Behalf-Of");
    const auto check = [](std::string_view header, std::string_view value) {
        if (const auto fault = auth::fault_of_account(value))
            throw Error(Fault::invalid, std::string(header) + ": " + *fault);
    };
    check(name_of_behalf, *name);
    if (group) check(name_of_group, *group);
    auth::Principal other{std::string(*name), auth::Role::user, std::string(group.value_or(""))};
    other.proof = who.proof;
    other.actor = who.name;
    return other;
}

} // namespace api
