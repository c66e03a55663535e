#include "agent/fetch/url.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <curl/curl.h>

namespace fetch {
namespace {

constexpr std::size_t longest = 8 * 1024;

using Parsed = Handle<CURLU, curl_url_cleanup>;

// Empty: there is none.
std::string part(const Parsed& url, CURLUPart which, unsigned flags = 0) {
    char* raw = nullptr;
    if (curl_url_get(url.get(), which, &raw, flags) != CURLUE_OK) return {};
    const Handle<char, curl_free> text(raw);
    return text.get();
}

// What stands before a query is shown of what is no URL at all, unless it has credentials.
[[noreturn]] void refuse(std::string_view raw, std::string_view why) {
    auto shown = raw.substr(0, raw.find_first_of("?#"));
    if (shown.find('@') != shown.npos) shown = "the URL";
    throw Error(Fault::invalid, text::printable(shown) + ": " + std::string(why));
}

bool is_plain(std::string_view raw) noexcept {
    return std::ranges::all_of(raw, [](char c) { return c > ' ' && c < 0x7f; });
}

} // namespace

Url Url::parse(std::string_view raw, const Url* base) {
    if (raw.empty() || raw.size() > longest) refuse("the URL", "it is empty or too long");
    if (!is_plain(raw)) refuse(raw, "a URL has no blanks and nothing but ASCII");
    const Parsed parsed(curl_url());
    if (!parsed) throw Error(Fault::busy, "there is no memory for a URL");
    if (base && curl_url_set(parsed.get(), CURLUPART_URL, base->whole.c_str(), 0) != CURLUE_OK)
        refuse(base->whole, "is no URL");
    // What curl does not know as a scheme is refused here already.
    if (curl_url_set(parsed.get(), CURLUPART_URL, std::string(raw).c_str(), 0) != CURLUE_OK)
        refuse(raw, "this is no URL of http or https");
    Url url{part(parsed, CURLUPART_SCHEME),
            text::lower(part(parsed, CURLUPART_HOST)),
            part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT),
            {}};
    if (url.scheme != "http" && url.scheme != "https") refuse(raw, "this is no URL of http or https");
    if (!part(parsed, CURLUPART_USER).empty() || !part(parsed, CURLUPART_PASSWORD).empty())
        refuse(raw, "credentials do not belong into a URL");
    if (!part(parsed, CURLUPART_ZONEID).empty()) refuse(raw, "a URL names no interface of this host");
    if (url.host.starts_with('[')) url.host = url.host.substr(1, url.host.size() - 2);
    // A '%' would be decoded by some and not by others.
    // A dot at its end would be another name to a list of hosts.
    if (url.host.empty() || url.host.ends_with('.') || url.host.find_first_of("%/@\\") != url.host.npos)
        refuse(raw, "its host is no name and no address");
    curl_url_set(parsed.get(), CURLUPART_FRAGMENT, nullptr, 0);
    url.whole = part(parsed, CURLUPART_URL);
    if (url.whole.empty() || url.whole.size() > longest) refuse("the URL", "it is too long");
    return url;
}

bool Url::has_origin_of(const Url& other) const noexcept {
    return scheme == other.scheme && host == other.host && port == other.port;
}

std::string Url::shown() const { return text::printable(whole.substr(0, whole.find('?')), 200); }

} // namespace fetch
