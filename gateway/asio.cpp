// Boost.Asio's implementation, compiled once for everything that links tidegate_asio.
#include <boost/asio/impl/src.hpp>
