#include "agent/config/credentials.hh"

#include <cstdlib>
#include <system_error>

namespace settings {
namespace {

bool is_there(const std::filesystem::path& file) {
    std::error_code none;
    return std::filesystem::is_regular_file(file, none);
}

void take(std::filesystem::path& member, const std::filesystem::path& file) {
    if (member.empty() && is_there(file)) member = file;
}

} // namespace

void take_credentials(Config& config, const std::filesystem::path& folder) {
    if (folder.empty()) return;
    const auto certificate = folder / "certificate", key = folder / "key";
    if (config.tls.certificate.empty() && config.tls.key.empty() && is_there(certificate) && is_there(key)) {
        config.tls.certificate = certificate;
        config.tls.key = key;
    }
    take(config.auth.passwords, folder / "passwords");
    take(config.auth.tokens, folder / "tokens");
}

std::filesystem::path folder_of_credentials() {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    return folder ? folder : "";
}

} // namespace settings
