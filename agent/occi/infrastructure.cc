#include "agent/occi/infrastructure.hh"

#include "agent/occi/names.hh"

#include <array>

namespace occi::table {
namespace {

using enum Type;
using enum Use;

// ---- core (GFD.221, 4.5) -------------------------------------------------------------------------------------------

constexpr std::array entity_attributes{
    AttributeRow{name::id, string, fixed},
    AttributeRow{name::title},
};
constexpr std::array resource_attributes{
    AttributeRow{name::summary},
};
constexpr std::array link_attributes{
    AttributeRow{name::source, string, required},
    AttributeRow{name::target, string, required},
};

// ---- compute (GFD.224, 3.1) ----------------------------------------------------------------------------------------

constexpr std::array compute_attributes{
    AttributeRow{name::architecture}, // x86 or x64, and of others' machines whatever they are
    AttributeRow{name::cores, integer},
    AttributeRow{name::hostname},
    AttributeRow{name::share, integer},
    AttributeRow{name::memory, number},
    AttributeRow{name::compute_state, string, fixed, "active inactive suspended error"},
    AttributeRow{name::compute_message, string, fixed},
    AttributeRow{name::phase, string, fixed, "pending ready failed deleting"},
    AttributeRow{name::owner, string, fixed},
    AttributeRow{name::group, string, fixed},
    AttributeRow{name::condition, string, fixed, "known stuck unknown"},
    AttributeRow{name::source_of_state, string, fixed, "libvirt cache record"},
    AttributeRow{name::suspended_in, string, fixed, "memory disk"},
    AttributeRow{name::reason, string, fixed},
    AttributeRow{name::trouble, string, fixed},
};
// GFD.224, 3.6: what a guest is told of its user.
constexpr std::array ssh_key_attributes{
    AttributeRow{name::ssh_key, string, required},
};
constexpr std::array user_data_attributes{
    AttributeRow{name::user_data, string, required_once},
};
// The same as clients of OpenStack and EGI say it.
constexpr std::array openstack_key_attributes{
    AttributeRow{name::openstack_key_name},
    AttributeRow{name::openstack_key, string, required},
};
constexpr std::array openstack_user_data_attributes{
    AttributeRow{name::openstack_user_data, string, required_once},
};
// The method that is meant when none is named is the gentlest one.
constexpr std::array start_attributes{
    AttributeRow{name::method, string, optional, "warm cold", "warm"}, // cold: without its saved memory
};
constexpr std::array stop_attributes{
    AttributeRow{name::method, string, optional, "graceful acpioff poweroff", "graceful"},
};
constexpr std::array restart_attributes{
    AttributeRow{name::method, string, optional, "graceful warm cold", "graceful"},
};
constexpr std::array suspend_attributes{
    AttributeRow{name::method, string, optional, "hibernate suspend", "suspend"},
};
constexpr std::array save_attributes{
    AttributeRow{name::method, string, optional, "hot deferred", "hot"},
    AttributeRow{name::name_of_copy},
};
constexpr std::array compute_actions{
    ActionRow{scheme::compute_action, "start", "Start the compute", start_attributes},
    ActionRow{scheme::compute_action, "stop", "Stop the compute", stop_attributes},
    ActionRow{scheme::compute_action, "restart", "Restart the compute", restart_attributes},
    ActionRow{scheme::compute_action, "suspend", "Suspend the compute", suspend_attributes},
    ActionRow{scheme::compute_action, "save", "Save the disk as an image", save_attributes},
};

// ---- network (GFD.224, 3.2) ----------------------------------------------------------------------------------------

constexpr std::array network_attributes{
    AttributeRow{name::network_vlan, integer, once}, // refused: nothing is tagged here
    AttributeRow{name::network_label},
    AttributeRow{name::network_state, string, fixed, "active inactive error"},
    AttributeRow{name::network_message, string, fixed},
    AttributeRow{name::network_size, string, once},
    AttributeRow{name::phase, string, fixed, "pending ready failed deleting"},
    AttributeRow{name::owner, string, fixed},
    AttributeRow{name::group, string, fixed},
    AttributeRow{name::shared_with, string, optional, "private group public"},
    AttributeRow{name::condition, string, fixed, "known stuck unknown"},
    AttributeRow{name::source_of_state, string, fixed, "libvirt cache record"},
    AttributeRow{name::reason, string, fixed},
};
constexpr std::array ipnetwork_attributes{
    AttributeRow{name::network_address, string, once},
    AttributeRow{name::network_gateway, string, once},
    // A network gives its guests their addresses by DHCP, and knows no other way.
    AttributeRow{name::network_allocation, string, fixed, "dynamic static", "dynamic"},
};
constexpr std::array network_bridge_attributes{
    AttributeRow{name::network_mode, string, once, "isolated nat bridge"},
    AttributeRow{name::network_bridge, string, once},
};

constexpr std::array network_actions{
    ActionRow{scheme::network_action, "up", "Bring the network up", {}},
    ActionRow{scheme::network_action, "down", "Take the network down", {}},
};

// ---- storage (GFD.224, 3.3) ----------------------------------------------------------------------------------------

constexpr std::array storage_attributes{
    AttributeRow{name::storage_size, number, required, {}, {}, name::image_url},
    AttributeRow{name::storage_state, string, fixed, "online offline error"},
    AttributeRow{name::storage_message, string, fixed},
    AttributeRow{name::image_url, string, once},
    AttributeRow{name::phase, string, fixed, "pending ready failed deleting"},
    AttributeRow{name::owner, string, fixed},
    AttributeRow{name::group, string, fixed},
    AttributeRow{name::shared_with, string, optional, "private group public"},
    AttributeRow{name::condition, string, fixed, "known stuck unknown"},
    AttributeRow{name::source_of_state, string, fixed, "libvirt cache record"},
    AttributeRow{name::reason, string, fixed},
};

constexpr std::array resize_attributes{
    AttributeRow{name::size, number, required},
};
// The last three are in OCCI 1.1 only, and clients still know them.
constexpr std::array storage_actions{
    ActionRow{scheme::storage_action, "online", "Let the storage be used", {}},
    ActionRow{scheme::storage_action, "offline", "Let nobody use the storage", {}},
    ActionRow{scheme::storage_action, "backup", "Copy the storage to keep it", {}},
    ActionRow{scheme::storage_action, "snapshot", "Copy the storage to use it", {}},
    ActionRow{scheme::storage_action, "resize", "Make the storage larger", resize_attributes},
};

// ---- links (GFD.224, 3.4) ------------------------------------------------------------------------------------------

constexpr std::array networkinterface_attributes{
    AttributeRow{name::interface, string, fixed},
    AttributeRow{name::mac, string, once},
    AttributeRow{name::nic_state, string, fixed, "active inactive error"},
    AttributeRow{name::nic_message, string, fixed},
    AttributeRow{name::owner, string, fixed},
    AttributeRow{name::group, string, fixed},
};
constexpr std::array ipnetworkinterface_attributes{
    AttributeRow{name::nic_address, string, once},
    AttributeRow{name::nic_gateway, string, fixed},
    AttributeRow{name::nic_allocation, string, fixed, "dynamic static", "dynamic"},
};
constexpr std::array storagelink_attributes{
    AttributeRow{name::deviceid, string, once},
    AttributeRow{name::mountpoint, string, once},
    AttributeRow{name::storagelink_state, string, fixed, "active inactive error"},
    AttributeRow{name::storagelink_message, string, fixed},
    AttributeRow{name::owner, string, fixed},
    AttributeRow{name::group, string, fixed},
};
constexpr std::array ephemeral_disk_attributes{
    AttributeRow{name::disk_content, string, required_once, "swap filesystem"},
    AttributeRow{name::disk_size, number, required_once},
    AttributeRow{name::disk_filesystem, string, once},
};

// ---- all of them ---------------------------------------------------------------------------------------------------

constexpr std::array all_kinds{
    KindRow{scheme::core, "entity", "Entity", "", "", entity_attributes, {}},
    KindRow{scheme::core, "resource", "Resource", "entity", "", resource_attributes, {}},
    KindRow{scheme::core, "link", "Link", "entity", "", link_attributes, {}},
    KindRow{scheme::infrastructure, "compute", "Compute Resource", "resource", "/compute/",
            compute_attributes, compute_actions},
    KindRow{scheme::infrastructure, "network", "Network Resource", "resource", "/network/",
            network_attributes, network_actions},
    KindRow{scheme::infrastructure, "storage", "Storage Resource", "resource", "/storage/",
            storage_attributes, storage_actions},
    KindRow{scheme::infrastructure,
            "networkinterface",
            "NetworkInterface Link",
            "link",
            "/networkinterface/",
            networkinterface_attributes,
            {}},
    KindRow{scheme::infrastructure,
            "storagelink",
            "StorageLink Link",
            "link",
            "/storagelink/",
            storagelink_attributes,
            {}},
};

constexpr std::array all_mixins{
    MixinRow{
        scheme::infrastructure, "resource_tpl", "Resource template", "/mixin/resource_tpl/", "compute", {}},
    MixinRow{scheme::infrastructure, "os_tpl", "OS template", "/mixin/os_tpl/", "compute", {}},
    MixinRow{scheme::credentials, "ssh_key", "Credentials mixin", "/mixin/ssh_key/", "compute",
             ssh_key_attributes},
    MixinRow{scheme::compute, "user_data", "Contextualization mixin", "/mixin/user_data/", "compute",
             user_data_attributes},
    MixinRow{scheme::openstack_credentials, "public_key", "Credentials as OpenStack spells them",
             "/mixin/openstack_public_key/", "compute", openstack_key_attributes},
    MixinRow{scheme::openstack_compute, "user_data", "Contextualization as OpenStack spells it",
             "/mixin/openstack_user_data/", "compute", openstack_user_data_attributes},
    MixinRow{scheme::network, "ipnetwork", "IP network", "/mixin/ipnetwork/", "network",
             ipnetwork_attributes},
    MixinRow{scheme::networkinterface, "ipnetworkinterface", "IP network interface",
             "/mixin/ipnetworkinterface/", "networkinterface", ipnetworkinterface_attributes},
    MixinRow{scheme::ours, "ephemeral_disk", "Disk that lives and dies with its machine",
             "/mixin/ephemeral_disk/", "storagelink", ephemeral_disk_attributes},
    MixinRow{scheme::ours,
             "clone",
             "Disk of its own that begins as the storage",
             "/mixin/clone/",
             "storagelink",
             {}},
    MixinRow{scheme::ours, "network_bridge", "How a network is tied to the host", "/mixin/network_bridge/",
             "network", network_bridge_attributes},
};

// GFD.222, 3 (the MUSTs of the profile).
constexpr std::array all_templates{
    TemplateRow{"small", "A small Compute instance", 1, 1, 10},
    TemplateRow{"medium", "A medium Compute instance", 2, 2, 20},
    TemplateRow{"large", "A large Compute instance", 4, 4, 40},
};

} // namespace

std::span<const KindRow> kinds() noexcept { return all_kinds; }
std::span<const MixinRow> mixins() noexcept { return all_mixins; }
std::span<const TemplateRow> templates() noexcept { return all_templates; }

} // namespace occi::table
