; A program that works with DOS 1.54 to 2.11.
%define DEMAND_RANGE
%define VERSION_MAJOR 2
%define VERSION_MINOR 11
%include "version.inc"
