#pragma once

#include "plugins/videofilesink/listener.hpp"

#include <gst/gst.h>

namespace lm::videofilesink {

/// Makes element messages and debug lines of what is told. Lives in the element it posts for.
class Reporter : public Listener {
public:
    explicit Reporter(GstElement* element) : element_(element) {}

    void partOpened(const PartInfo& part) override;
    void partClosed(const PartInfo& part) override;
    void paused(std::uint64_t sample, const std::string& reason, const std::string& path) override;
    void resumed(std::uint64_t sample, std::uint64_t skipped) override;
    void finished(const Stats& stats) override;
    void movieOpened(const std::string& path) override;
    void movieEnded(const std::string& path, const std::string& reason) override;

private:
    void post(GstStructure* structure);
    GstElement* const element_;
};

} // namespace lm::videofilesink
