#pragma once

#include "plugins/imentivsink/spooldelivery.hpp"

#include <memory>
#include <string>

namespace lm::test {

/// A dispatcher that sends nothing, on a context of the test's own.
class SpoolHost final : public imentivsink::DeliveryHost {
public:
    GMainContext* context() override { return context_.get(); }
    imentivsink::Circuits& circuits() override { return circuits_; }
    bool mayStart(std::size_t busy) override { return busy < 1; }
    std::shared_ptr<imentivsink::Exchange> post(const imentivsink::Request&,
                                                imentivsink::Exchange::Done) override {
        return nullptr;
    }
    double chance() override { return 0; }
    void stored(imentivsink::TrackId) override {}
    void pump() override { ++pumps; }

    unsigned pumps = 0;

private:
    Ref<GMainContext> context_ = Ref<GMainContext>::adopt(g_main_context_new());
    imentivsink::Circuits circuits_{[](const std::string&, const imentivsink::CircuitChanged&) {}};
};

} // namespace lm::test
