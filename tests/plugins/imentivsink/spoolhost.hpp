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

/// Of a sink that spools what is for an endpoint nobody asks.
inline imentivsink::Target spoolTarget() {
    imentivsink::Target target;
    target.endpoint = "http://h/in";
    target.session = "0190aa5e-1b2c-4d3e-8f90-a1b2c3d4e5f6";
    target.startedUs = 1;
    target.route = imentivsink::routeOf(target.endpoint);
    target.spools = true;
    return target;
}

/// The first block of that sink.
inline imentivsink::SpoolWrite spoolBlock() {
    const auto target = spoolTarget();
    imentivsink::SpoolWrite write;
    imentivsink::Record& r = write.record;
    r.endpoint = target.endpoint;
    r.session = target.session;
    r.query = imentivsink::requestQuery(r.identity, r.block.format);
    r.contentType = "audio/wav";
    write.name = {target.startedUs, target.session, target.route, 0};
    write.payload.push_back(Ref<GBytes>::adopt(g_bytes_new_static("x", 1)));
    return write;
}

} // namespace lm::test
