#pragma once
// Every benchmark; the table in main.cc names them. Each prints its figures, and throws std::runtime_error when there
// are none.

#include "tests/bench/stage.hh"

namespace bench {

// get.cc
void get_rate(Stage&);
void get_secure(Stage&);
void get_list(Stage&);
void get_among_many(Stage&);

// identity.cc
void get_identity(Stage&);

// rendering.cc
void rendering_of_one(Stage&);
void rendering_of_many(Stage&);

// inventory.cc
void inventory_events(Stage&);

// crowd.cc
void crowd_slow(Stage&);

// own.cc
void own_start_and_memory(Stage&);

// upload.cc
void upload_image(Stage&);

// create.cc
void create_one(Stage&);
void create_many(Stage&);
void create_and_force_off(Stage&);

// frozen.cc
void frozen_get(Stage&);
void frozen_stuck(Stage&);
void frozen_force_off(Stage&);
void frozen_others(Stage&);

// libvirtd.cc
void libvirtd_stopped(Stage&);
void libvirtd_restarted(Stage&);

} // namespace bench
