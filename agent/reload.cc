#include "agent/reload.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/config/changes.hh"
#include "agent/config/load.hh"
#include "agent/config/settings.hh"

#include <utility>

namespace {

// The keys that have changed and hold from then on, with commas.
std::string changed(const Config& before, const Config& after, settings::Applies applies) {
    std::string names;
    for (const auto& change : settings::changes_between(before, after))
        if (change.applies == applies) names += (names.empty() ? "" : ", ") + change.what;
    return names;
}

} // namespace

Reload::Reload(std::filesystem::path file, bool must_exist, Config now, std::size_t descriptors,
               http::Server& server, auth::Authenticator& authenticator, api::Doorkeeper& door,
               std::shared_ptr<const http::Tls> tls, std::function<void(const std::string&)> told)
    : file_(std::move(file)), must_exist_(must_exist), descriptors_(descriptors), server_(server),
      authenticator_(authenticator), door_(door), started_(std::move(now)), now_(started_),
      tls_(std::move(tls)), told_(std::move(told)) {}

bool Reload::again() noexcept {
    std::string why_not;
    try {
        take(load_config(file_, must_exist_, settings::faults));
    } catch (const ConfigError& failure) {
        for (const auto& problem : failure.problems) logging::error("{}", problem);
        logging::error("the new configuration is wrong: the agent goes on with the old one");
        why_not = failure.problems.empty() ? failure.what() : failure.problems.front();
    } catch (const std::exception& failure) {
        logging::error("the configuration cannot be read again, the agent goes on with the old one: {}",
                       failure.what());
        why_not = failure.what();
    }
    if (told_) told_(why_not);
    return why_not.empty();
}

// What others reach stays open until the end, so that the new one has to be good for it, too.
void Reload::check_reach(const Config& next) const {
    for (const auto& each : started_.listen)
        settings::check_reach(http::parse_endpoint(each), next,
                              "what is listened on needs a restart to be closed");
}

void Reload::take(Config next) {
    check_reach(next);
    const auto tls =
        settings::tls_of(next, tls_.get()); // always: the files may have changed behind their names
    const auto limits = settings::fitting(next.limits, descriptors_);
    authenticator_.use(settings::auth_of(next));
    door_.use(settings::names_of(next, tls ? tls.get() : tls_.get()));
    logging::set_threshold(next.log_level);
    server_.use({limits, tls, next.access_log, settings::proxies_of(next)});
    if (tls) tls_ = tls;
    const auto at_once = changed(now_, next, settings::Applies::at_once),
               at_start = changed(started_, next, settings::Applies::at_start);
    logging::info("the configuration is read again; changed: {}", at_once.empty() ? "nothing" : at_once);
    if (tls) logging::info("TLS: {}", tls->summary());
    if (!at_start.empty()) logging::warning("these changes need a restart: {}", at_start);
    now_ = std::move(next);
}
