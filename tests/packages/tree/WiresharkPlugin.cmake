# The macros of Wireshark's own file of this name that a plugin calls.
#
# SPDX-License-Identifier: GPL-2.0-or-later

macro(SET_MODULE_INFO _plugin _major _minor _micro _extra)
  add_definitions(-DPLUGIN_VERSION=\"${_major}.${_minor}.${_micro}\")
endmacro()

macro(ADD_WIRESHARK_PLUGIN_LIBRARY _plugin _subfolder)
  add_library(${_plugin} MODULE ${PLUGIN_FILES})
  target_include_directories(${_plugin} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  set_target_properties(${_plugin} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/run/${_subfolder})
  add_dependencies(plugins ${_plugin})
endmacro()

macro(INSTALL_PLUGIN _plugin _subfolder)
  install(TARGETS ${_plugin} LIBRARY DESTINATION ${_subfolder})
endmacro()

macro(CHECKAPI)
endmacro()
