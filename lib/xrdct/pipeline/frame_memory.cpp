#include "xrdct/pipeline/frame_memory.hpp"

#include "xrdct/base/log.hpp"

#include <exception>
#include <new>
#include <string>

namespace xrdct {
namespace {

void warn(std::string const& why) {
  log_warning(
      "frames take longer on their way to the device, as it cannot have them in memory of the host that it reads by "
      "itself: " +
      why);
}

}  // namespace

void* frame_memory::do_allocate(std::size_t bytes, std::size_t alignment) {
  if (is_plain_) return plain().allocate(bytes, alignment);
  void* place = nullptr;
  try {
    place = of_device_.allocate(bytes, alignment);
  } catch (std::bad_alloc const&) {
    if (!is_plain_.exchange(true)) warn("there is no more of it");
  } catch (std::exception const& e) {  // if the device is lost, who reduces frames says so
    if (!is_plain_.exchange(true)) warn(e.what());
  }
  if (place == nullptr) return plain().allocate(bytes, alignment);
  try {
    std::lock_guard const lock(mutex_);
    from_device_.insert(place);
  } catch (...) {
    of_device_.deallocate(place, bytes, alignment);
    throw;
  }
  return place;
}

void frame_memory::do_deallocate(void* place, std::size_t bytes, std::size_t alignment) {
  bool device_gave_it = false;
  {
    std::lock_guard const lock(mutex_);
    device_gave_it = from_device_.erase(place) > 0;
  }
  (device_gave_it ? of_device_ : plain()).deallocate(place, bytes, alignment);
}

}  // namespace xrdct
