#include "agent/auth/bearer_client.hh"

#include "agent/auth/bearer_source.hh"
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/text.hh"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

namespace auth {
namespace {

constexpr std::size_t longest_secret = 1024;

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

BearerSecret first_line_of(const std::filesystem::path& file) {
    const Descriptor open(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    std::string line(longest_secret, '\0');
    const auto got = open ? ::read(open.get(), line.data(), line.size()) : -1;
    if (got < 0) throw Error(Fault::unavailable, file.string() + ": " + ::strerrordesc_np(errno));
    BearerSecret whole(std::move(line));
    const auto text = whole.view().substr(0, static_cast<std::size_t>(got));
    const auto first = text::trim(text.substr(0, text.find('\n')));
    if (first.empty()) throw Error(Fault::unavailable, file.string() + ": its first line is empty");
    return BearerSecret(first);
}

BearerSecret basic(const BearerOptions& options) {
    if (options.introspect_url.empty() || options.client_id.empty())
        throw Error(Fault::invalid, "to ask about tokens there must be a URL and a client");
    const auto secret = first_line_of(options.client_secret_file);
    const BearerSecret encoded(form_encoded(secret.view()));
    const BearerSecret pair(form_encoded(options.client_id) + ":" + std::string(encoded.view()));
    std::string coded((pair.view().size() + 2) / 3 * 4 + 1, '\0');
    const auto length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(coded.data()),
                                        reinterpret_cast<const unsigned char*>(pair.view().data()),
                                        static_cast<int>(pair.view().size()));
    coded.resize(static_cast<std::size_t>(length));
    BearerSecret line("Basic " + coded);
    BearerSecret::wipe(coded);
    return line;
}

} // namespace

BearerClient::BearerClient(const BearerOptions& options)
    : url_(options.introspect_url), authorization_(basic(options)), door_(bearer_policy(options)) {}

BearerClaims BearerClient::ask(std::string_view token, const std::stop_token& stop) const {
    fetch::Question question{url_, {{"Accept", "application/json"}}};
    question.authorization = authorization_.view();
    question.body = "token=" + form_encoded(token) + "&token_type_hint=access_token";
    const Defer wiped([&] {
        BearerSecret::wipe(question.authorization);
        BearerSecret::wipe(*question.body);
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
