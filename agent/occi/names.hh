#pragma once
// Attribute names and schemes, so that no two places can spell them differently. Ours are under "occi_agent." (GFD.221,
// 5.5.2 asks for a prefix of the provider's own).

namespace occi::scheme {
inline constexpr auto core = "http://schemas.ogf.org/occi/core#";
inline constexpr auto infrastructure = "http://schemas.ogf.org/occi/infrastructure#";
inline constexpr auto network = "http://schemas.ogf.org/occi/infrastructure/network#";
inline constexpr auto networkinterface = "http://schemas.ogf.org/occi/infrastructure/networkinterface#";
inline constexpr auto compute_action = "http://schemas.ogf.org/occi/infrastructure/compute/action#";
inline constexpr auto credentials = "http://schemas.ogf.org/occi/infrastructure/credentials#";
inline constexpr auto compute = "http://schemas.ogf.org/occi/infrastructure/compute#";
inline constexpr auto compute_template =
    "http://schemas.ogf.org/occi/infrastructure/compute/template/1.1#"; // of GFD.222
inline constexpr auto openstack_compute = "http://schemas.openstack.org/compute/instance#";
inline constexpr auto openstack_credentials = "http://schemas.openstack.org/instance/credentials#";
inline constexpr auto network_action = "http://schemas.ogf.org/occi/infrastructure/network/action#";
inline constexpr auto storage_action = "http://schemas.ogf.org/occi/infrastructure/storage/action#";
inline constexpr auto instance_type = "urn:occi-agent:instance_type#"; // resource templates
inline constexpr auto os_template = "urn:occi-agent:os_tpl#";          // made of images
inline constexpr auto ours = "urn:occi-agent:mixin#";
} // namespace occi::scheme

namespace occi::name {
inline constexpr auto id = "occi.core.id";
inline constexpr auto title = "occi.core.title";
inline constexpr auto summary = "occi.core.summary";
inline constexpr auto source = "occi.core.source";
inline constexpr auto target = "occi.core.target";
inline constexpr auto source_kind = "occi.core.source.kind";
inline constexpr auto target_kind = "occi.core.target.kind";
inline constexpr auto architecture = "occi.compute.architecture"; // x86, x64
inline constexpr auto cores = "occi.compute.cores";
inline constexpr auto hostname = "occi.compute.hostname";
inline constexpr auto share = "occi.compute.share";
inline constexpr auto memory = "occi.compute.memory";                         // GiB
inline constexpr auto ephemeral_size = "occi.compute.ephemeral_storage.size"; // GiB
inline constexpr auto ephemeral_device = "occi.compute.ephemeral_storage.deviceid";
inline constexpr auto ssh_key = "occi.credentials.ssh.publickey";
inline constexpr auto user_data = "occi.compute.userdata";
inline constexpr auto openstack_key = "org.openstack.credentials.publickey.data";
inline constexpr auto openstack_key_name = "org.openstack.credentials.publickey.name";
inline constexpr auto openstack_user_data = "org.openstack.compute.user_data";
inline constexpr auto compute_state = "occi.compute.state"; // active, inactive, suspended, error
inline constexpr auto compute_message = "occi.compute.state.message";
inline constexpr auto network_vlan = "occi.network.vlan";
inline constexpr auto network_label = "occi.network.label";
inline constexpr auto network_message = "occi.network.state.message";
inline constexpr auto network_state = "occi.network.state";
inline constexpr auto network_address = "occi.network.address"; // CIDR
inline constexpr auto network_gateway = "occi.network.gateway";
inline constexpr auto network_allocation = "occi.network.allocation";
inline constexpr auto storage_size = "occi.storage.size";   // GiB = 2^30
inline constexpr auto storage_state = "occi.storage.state"; // online, offline, error
inline constexpr auto storage_message = "occi.storage.state.message";
inline constexpr auto interface = "occi.networkinterface.interface";
inline constexpr auto mac = "occi.networkinterface.mac";
inline constexpr auto nic_state = "occi.networkinterface.state";
inline constexpr auto nic_message = "occi.networkinterface.state.message";
inline constexpr auto nic_gateway = "occi.networkinterface.gateway";
inline constexpr auto nic_address = "occi.networkinterface.address";
inline constexpr auto nic_allocation = "occi.networkinterface.allocation";
inline constexpr auto deviceid = "occi.storagelink.deviceid";
inline constexpr auto mountpoint = "occi.storagelink.mountpoint";
inline constexpr auto storagelink_state = "occi.storagelink.state";
inline constexpr auto storagelink_message = "occi.storagelink.state.message";
inline constexpr auto method = "method";     // of stop, restart, suspend, save
inline constexpr auto name_of_copy = "name"; // of save
inline constexpr auto size = "size";         // of resize: GiB

// Ours.
inline constexpr auto phase = "occi_agent.phase"; // of every resource: pending, ready, failed, deleting
// Of every entity, links among them; of what has none the second is not shown.
inline constexpr auto owner = "occi_agent.owner";
inline constexpr auto group = "occi_agent.group";
inline constexpr auto shared_with = "occi_agent.share"; // of a network and a storage: private, group, public
// How far what is shown can be relied on: known; stuck (it does not react); unknown (the hypervisor cannot be asked).
inline constexpr auto condition = "occi_agent.condition";
inline constexpr auto source_of_state =
    "occi_agent.source"; // libvirt; cache (seen before it went away); record (our own)
// Where a compute that is suspended is kept: memory, disk (by hibernate; it takes nothing of the host then).
inline constexpr auto suspended_in = "occi_agent.suspended_in";
inline constexpr auto reason = "occi_agent.reason";   // why it is in its state
inline constexpr auto trouble = "occi_agent.trouble"; // of a compute: why what was asked for last has failed
inline constexpr auto image_url = "occi_agent.storage.url"; // where the original of an image is
inline constexpr auto network_size =
    "occi_agent.network.size"; // A, B, C or a number of addresses, as its maker spelled it
inline constexpr auto network_mode = "occi_agent.network.mode";       // isolated, nat, bridge
inline constexpr auto network_bridge = "occi_agent.network.bridge";   // device of the host
inline constexpr auto disk_content = "occi_agent.disk.content";       // swap, filesystem
inline constexpr auto disk_size = "occi_agent.disk.size";             // GiB
inline constexpr auto disk_filesystem = "occi_agent.disk.filesystem"; // ext4
} // namespace occi::name
