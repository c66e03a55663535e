#pragma once
// TLS certificates of clients, which an authority of [tls] client_ca has signed. Whose each is says a table, a line for
// each:
//
//     alice  role=user,group=lab    subject      CN=alice,O=lab
//     front  role=orchestrator      name         DNS:front.example
//     bot    role=viewer            fingerprint  3f0c...
//     *      role=user              any
//
// The first line that fits counts; `*` takes the CN of the subject as the name. Without a table that last line is all
// there is.
//
// Threads: any.

#include "agent/auth/account_file.hh"
#include "agent/auth/watched_file.hh"
#include "agent/auth/way.hh"

namespace auth {

// A line of the table.
struct OwnerOfCertificate {
    Account whose; // no hash
    std::string sign, value;
};
// Error{invalid} that names file and line.
std::vector<OwnerOfCertificate> read_owners_of_certificates(std::string_view content,
                                                            const std::string& file);

class Certificates : public Way {
public:
    // `table`: empty for none. Throws what read_secret_file and the reader throw.
    explicit Certificates(const std::filesystem::path& table);

    bool is_tried(const Shown& shown) const noexcept override { return shown.certificate != nullptr; }
    std::optional<Verdict> judge(const Shown&, Told) override;
    std::string challenge(bool) const override { return {}; }
    std::uint64_t generation() override { return table_.generation(); }

private:
    using Table = std::vector<OwnerOfCertificate>;
    WatchedFile<Table> table_;
};

// The value of the attribute CN in a subject of RFC 4514; nothing when there is none, or more than one.
std::string common_name_in(std::string_view subject);

} // namespace auth
