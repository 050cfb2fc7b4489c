#pragma once

#include "plugins/common/timer.hpp"
#include "service/egresscontrol/controller.hpp"
#include "service/store/store.hpp"

namespace lm::egresscontrol {

/// Claims in the database that the replicas share. One that is away grants nothing and denies nothing.
class StoreClaims : public Claims {
public:
    StoreClaims(store::Store& store, GMainContext* home);

    void claim(const std::string& track, std::function<void(autoegress::Claim)> then) override;
    void end(const std::string& track, std::chrono::seconds after) override;

private:
    void forget();

    store::Store& store_;
    GMainContext* const home_;
    const std::string owner_; // this run of this replica
    Timer timer_;
};

} // namespace lm::egresscontrol
