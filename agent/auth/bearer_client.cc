#include "agent/auth/bearer_client.hh"

#include "agent/auth/account_file.hh"
#include "agent/auth/bearer_source.hh"
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/text.hh"

#include <fmt/core.h>
#include <openssl/evp.h>

namespace auth {
namespace {

// application/x-www-form-urlencoded, which RFC 6749, 2.3.1 asks for in the credentials too.
std::string form_encoded(std::string_view raw) {
    std::string encoded;
    encoded.reserve(raw.size() * 3); // so that no part of a secret is left behind where it was shorter
    for (const char c : raw) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              c == '-' || c == '_' || c == '.' || c == '~';
        if (is_plain)
            encoded += c;
        else
            fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

Secret first_line_of(const std::filesystem::path& file) {
    const Secret whole(read_secret_file(file));
    const std::string_view all = whole.reveal();
    const auto first = text::trim(all.substr(0, all.find('\n')));
    if (first.empty())
        throw Error(Fault::unavailable, file.string() + ": there is no secret in its first line");
    return Secret(first);
}

Secret basic(const BearerOptions& options) {
    if (options.introspect_url.empty() || options.client_id.empty())
        throw Error(Fault::invalid, "to ask about tokens there must be a URL and a client");
    const auto secret = first_line_of(options.client_secret_file);
    const Secret encoded(form_encoded(secret.reveal()));
    const Secret pair(form_encoded(options.client_id) + ":" + std::string(encoded.reveal()));
    std::string coded((pair.reveal().size() + 2) / 3 * 4 + 1, '\0');
    const auto length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(coded.data()),
                                        reinterpret_cast<const unsigned char*>(pair.reveal().data()),
                                        static_cast<int>(pair.reveal().size()));
    coded.resize(static_cast<std::size_t>(length));
    Secret line("Basic " + coded);
    wipe(coded);
    return line;
}

} // namespace

BearerClient::BearerClient(const BearerOptions& options)
    : url_(options.introspect_url), authorization_(basic(options)), door_(bearer_policy(options)) {}

BearerClaims BearerClient::ask(std::string_view token, const std::stop_token& stop) const {
    fetch::Question question{url_, {{"Accept", "application/json"}}};
    question.authorization = authorization_.reveal();
    question.body = "token=" + form_encoded(token) + "&token_type_hint=access_token";
    const Defer wiped([&] {
        wipe(question.authorization);
        wipe(*question.body);
    });
    const auto answer = door_.ask(question, stop);
    const auto fail = [&](const std::string& why) {
        throw Error(Fault::unavailable, answer.head.url + ": " + why);
    };
    if (answer.head.status == 401 || answer.head.status == 403)
        fail("it does not know the agent as its client");
    if (answer.head.status != 200) fail("it answers " + std::to_string(answer.head.status));
    try {
        return BearerClaims(answer.body);
    } catch (const Error& failure) {
        fail(failure.what());
        throw;
    }
}

} // namespace auth
