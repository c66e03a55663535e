#include "agent/auth/certificates.hh"

#include "agent/base/error.hh"
#include "agent/base/hex.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace auth {
namespace {

constexpr auto remembered_for = std::chrono::minutes(1);
constexpr std::string_view anybody = "*";

// What a certificate is recognized by.
struct Sign {
    std::string_view name;
    bool has_value;
    bool (*fits)(const ShownCertificate&, const std::string& value);
};
constexpr std::array signs{
    Sign{"subject", true,
         [](const ShownCertificate& shown, const std::string& value) { return shown.subject == value; }},
    Sign{"name", true,
         [](const ShownCertificate& shown, const std::string& value) {
             return std::ranges::find(shown.names, value) != shown.names.end();
         }},
    Sign{"fingerprint", true,
         [](const ShownCertificate& shown, const std::string& value) {
             return shown.fingerprint == text::lower(value);
         }},
    Sign{"any", false, [](const ShownCertificate&, const std::string&) { return true; }},
};

const Sign* sign_named(std::string_view name) {
    const auto found = std::ranges::find(signs, name, &Sign::name);
    return found == signs.end() ? nullptr : &*found;
}

// Takes the first word off.
std::string take_word(std::string_view& rest) {
    rest = text::trim(rest);
    const auto end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::string word(rest.substr(0, end));
    rest = text::trim(rest.substr(end));
    return word;
}

OwnerOfCertificate read_line(std::string_view rest, const std::string& where) {
    const auto fail = [&](const std::string& sentence) {
        throw Error(Fault::invalid, where + ": " + sentence);
    };
    OwnerOfCertificate owner;
    owner.whose.name = take_word(rest);
    put_role_and_group(owner.whose, take_word(rest), where);
    owner.sign = take_word(rest);
    owner.value = rest;
    const auto* sign = sign_named(owner.sign);
    if (!sign) fail("a line is NAME OPTIONS and then subject, name, fingerprint or any");
    if (sign->has_value == owner.value.empty())
        fail(sign->has_value ? "what the " + owner.sign + " must be is missing"
                             : "nothing may stand behind any");
    if (owner.whose.name != anybody)
        if (const auto fault = fault_of_account(owner.whose.name)) fail(*fault);
    if (owner.sign == "fingerprint" && !text::has_hex_shape(text::lower(owner.value), std::string(64, 'x')))
        fail("a fingerprint is the SHA-256 of the certificate, 64 digits without colons");
    return owner;
}

} // namespace

std::vector<OwnerOfCertificate> read_owners_of_certificates(std::string_view content,
                                                            const std::string& file) {
    std::vector<OwnerOfCertificate> owners;
    std::size_t number = 0;
    for (const auto& line : text::split(content, '\n')) {
        ++number;
        const auto what = text::trim(line);
        if (!what.empty() && !what.starts_with('#'))
            owners.push_back(read_line(what, fmt::format("{}:{}", file, number)));
    }
    return owners;
}

std::string common_name_in(std::string_view subject) {
    std::string name;
    for (std::size_t begin = 0; begin < subject.size();) {
        auto end = begin;
        while (end < subject.size() && subject[end] != ',' && subject[end] != '+')
            end += subject[end] == '\\' ? 2 : 1;
        end = std::min(end, subject.size());
        const auto part = subject.substr(begin, end - begin);
        if (part.starts_with("CN=")) {
            if (!name.empty()) return {};
            name = part.substr(3);
        }
        begin = end + 1;
    }
    return name;
}

Certificates::Certificates(const std::filesystem::path& table)
    : table_(table, [](const std::filesystem::path& file) {
          if (file.empty())
              return std::make_shared<const Table>(Table{{{std::string(anybody), ""}, "any", ""}});
          return std::make_shared<const Table>(
              read_owners_of_certificates(read_secret_file(file), file.string()));
      }) {}

std::optional<Verdict> Certificates::judge(const Shown& shown, Told) {
    const auto& certificate = *shown.certificate;
    const auto now = std::chrono::system_clock::now();
    // A connection may live longer than that with which it began.
    if (certificate.until <= now)
        return Verdict{std::nullopt,
                       "the certificate of " + text::printable(certificate.subject, 200) + " has expired"};
    const auto table = table_.now();
    const auto owner = std::ranges::find_if(*table, [&](const OwnerOfCertificate& each) {
        return sign_named(each.sign)->fits(certificate, each.value);
    });
    const auto said = "the certificate of " + text::printable(certificate.subject, 200);
    if (owner == table->end()) return Verdict{std::nullopt, said + " is in no line of the table"};
    const auto& whose = owner->whose;
    const auto name = whose.name == anybody ? common_name_in(certificate.subject) : whose.name;
    if (const auto fault = fault_of_account(name))
        return Verdict{std::nullopt, said + " names nobody: " + *fault};
    return Verdict{Principal{name, whose.role, whose.group, Proof::certificate}, "",
                   std::min<std::chrono::system_clock::time_point>(now + remembered_for, certificate.until)};
}

} // namespace auth
