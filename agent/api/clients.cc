#include "agent/api/clients.hh"

#include <algorithm>
#include <array>

namespace api {
namespace {

std::string_view agent_in(const http::Head& head) noexcept { return head.header("User-Agent").value_or(""); }

bool is_libcloud14(const http::Head& head) noexcept {
    return agent_in(head).find("OpenNebula (v1.4)") != std::string_view::npos;
}
bool is_libcloud(const http::Head& head) noexcept {
    return agent_in(head).starts_with("libcloud/") &&
           agent_in(head).find("OpenNebula") != std::string_view::npos;
}
bool is_jocci(const http::Head& head) noexcept { return agent_in(head).starts_with("Apache-HttpClient/"); }
bool is_rocci(const http::Head& head) noexcept {
    return agent_in(head).find("rOCCI-") != std::string_view::npos;
}

// It adds a slash and the id to the location of computes, which ends in one. It does so to no other location.
bool is_vmdirac(const http::Head& head) noexcept {
    constexpr std::string_view doubled = "/compute//";
    const auto path = std::string_view(head.target).substr(0, head.target.find('?'));
    const auto at = path.find(doubled);
    if (at == path.npos) return false;
    const auto id = path.substr(at + doubled.size());
    return !id.empty() && id.find('/') == id.npos;
}

constexpr std::array rows{
    ClientRow{"Libcloud's driver for OpenNebula 1.4", "User-Agent has OpenNebula (v1.4)", is_libcloud14,
              Need::opennebula_14},
    ClientRow{"Libcloud's driver for OpenNebula", "User-Agent begins with libcloud/ and has OpenNebula",
              is_libcloud, Need::any_address},
    ClientRow{"VMDIRAC", "/compute//ID", is_vmdirac, Need::occi},
    ClientRow{"jOCCI", "User-Agent begins with Apache-HttpClient/", is_jocci, Need::locations_of_all_kinds},
    ClientRow{"jOCCI", "User-Agent begins with Apache-HttpClient/", is_jocci, Need::list_as_location},
    ClientRow{"rOCCI", "User-Agent has rOCCI-", is_rocci, Need::location_of_change},
};

} // namespace

std::span<const ClientRow> client_rows() noexcept { return rows; }

bool has_need(const http::Head& head, Need need) noexcept {
    return std::ranges::any_of(rows,
                               [&](const ClientRow& row) { return row.need == need && row.shows(head); });
}

} // namespace api
