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

namespace {

std::uint64_t capacity_of(virDomainPtr domain, const std::string& target, const std::string& doing) {
    virDomainBlockInfo info{};
    check(virDomainGetBlockInfo(domain, target.c_str(), &info, 0), doing);
    return info.capacity;
}

} // namespace

void grow_block_device(virDomainPtr domain, const std::string& target, std::uint64_t bytes,
                       const std::string& doing) {
    if (capacity_of(domain, target, doing) >= bytes) return;
    check(virDomainBlockResize(domain, target.c_str(), bytes, VIR_DOMAIN_BLOCK_RESIZE_BYTES), doing);
    if (const auto now = capacity_of(domain, target, doing); now < bytes)
        throw Error(Fault::unavailable,
                    doing + ": " + target + " has " + std::to_string(now) + " bytes still");
}

std::string document_of(virDomainPtr domain, unsigned flags, const std::string& doing) {
    const Text document(virDomainGetXMLDesc(domain, flags));
    if (!document) throw last_error(doing);
    return document.get();
}

} // namespace hv::libvirt
