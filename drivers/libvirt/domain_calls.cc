#include "drivers/libvirt/domain_calls.hh"

#include "drivers/libvirt/connection.hh"

namespace hv::libvirt {

void check(int result, const std::string& doing) {
    if (result < 0) throw last_error(doing);
}

bool is_active(virDomainPtr domain, const std::string& doing) {
    const int active = virDomainIsActive(domain);
    check(active, doing);
    return active == 1;
}

std::string document_of(virDomainPtr domain, unsigned flags, const std::string& doing) {
    const Text document(virDomainGetXMLDesc(domain, flags));
    if (!document) throw last_error(doing);
    return document.get();
}

} // namespace hv::libvirt
