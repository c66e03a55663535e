#include "drivers/libvirt/remedies.hh"

#include <algorithm>
#include <array>

namespace hv::libvirt {
namespace {

struct Row {
    std::string_view words, and_words; // both stand in the sentence
    std::string_view remedy;
};

// The first row that fits is taken.
constexpr std::array rows{
    Row{"Failed to connect socket to", "No such file or directory",
        "is libvirtd installed and running? (apt-get install libvirt-daemon-system; systemctl enable --now "
        "libvirtd.socket)"},
    Row{"Failed to connect socket to", "Connection refused",
        "nobody listens there any more: systemctl restart libvirtd.socket libvirtd"},
    Row{"Failed to connect socket to", "Permission denied",
        "run the agent as root, or let its user into the group libvirt"},
    Row{"authentication", "", "run the agent as root, or let its user into the group libvirt"},
    Row{"access denied", "", "run the agent as root, or let its user into the group libvirt"},
    Row{"KVM", "Permission denied",
        "the user of QEMU may not use /dev/kvm (chgrp kvm /dev/kvm; chmod 660 /dev/kvm), or set [compute] "
        "type = qemu"},
    Row{"/dev/kvm", "", "load the module kvm_intel or kvm_amd, or set [compute] type = qemu"},
    Row{"does not support virt type", "",
        "load the module kvm_intel or kvm_amd, or set [compute] type = qemu"},
    Row{"no kvm", "", "load the module kvm_intel or kvm_amd, or set [compute] type = qemu"},
    Row{"unable to find any emulator", "", "apt-get install qemu-system-x86"},
    Row{"suitable emulator", "", "apt-get install qemu-system-x86"},
    Row{"dnsmasq", "in path", "apt-get install dnsmasq-base"},
    Row{"dnsmasq", "No such file or directory", "apt-get install dnsmasq-base"},
    Row{"dnsmasq", "Address already in use",
        "another DHCP or DNS server of this host has that address or port: end it, or "
        "take another network"},
    Row{"iptables", "in path", "apt-get install iptables"},
    Row{"dmidecode", "in path", "apt-get install dmidecode"},
    Row{"qemu-img", "in path", "apt-get install qemu-utils"},
    Row{"Cannot get interface MTU", "No such device",
        "a bridge of one of its networks is gone: make it again"},
    Row{"error creating bridge interface", "File exists",
        "another device of this host has that name: remove it, or give it another name (ip link)"},
    Row{"can't get bridge", "", "a bridge of one of its networks is gone: make it again"},
    Row{"virtlogd", "", "systemctl enable --now virtlogd.socket"},
};

bool has(std::string_view sentence, std::string_view words) noexcept {
    return sentence.find(words) != sentence.npos;
}

} // namespace

std::string_view remedy_for(std::string_view sentence) noexcept {
    const auto row = std::ranges::find_if(
        rows, [&](const Row& each) { return has(sentence, each.words) && has(sentence, each.and_words); });
    return row == rows.end() ? std::string_view() : row->remedy;
}

} // namespace hv::libvirt
