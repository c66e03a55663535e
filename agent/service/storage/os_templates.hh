#pragma once
// The images on the host as OS templates (GFD.224, 3.5.2): each is a mixin, and a compute that is made with it has a
// clone of the image for its first disk.
//
// Threads: any; pure functions of a snapshot.

#include "agent/auth/principal.hh"
#include "agent/occi/model.hh"
#include "agent/state/snapshot.hh"

#include <string>
#include <string_view>
#include <vector>

namespace service {

// Those that `who` may use, in the order of the images' ids.
std::vector<occi::MixinRef> os_templates(const state::Snapshot&, const occi::Model&,
                                         const auth::Principal& who);

// The template of the image that this storage is; empty when it is no image, or not (or no longer) whole.
occi::MixinRef os_template_of(const state::Snapshot&, const Uuid& storage, const occi::Model&);

// The same for an image that is not whole yet: the template that it will be.
occi::MixinRef os_template_to_be(const state::Snapshot&, const Uuid& storage, const occi::Model&);

// The image; empty when there is no such template, or not for `who`.
Uuid image_with_term(const state::Snapshot&, std::string_view term, const auth::Principal& who);

// The compute with a disk in front of all others for each OS template among its mixins, which it keeps. Throws
// Error{invalid} when there are several, Error{not_found} when the image has gone.
occi::Resource with_disk_of_template(const occi::Resource&, const state::Snapshot&, const occi::Model&,
                                     const auth::Principal& who);

// For an image of that name: lower case, and another one than any image has now. "debian-12", "debian-12-2".
std::string new_term(const state::Snapshot&, std::string_view wish);

} // namespace service
