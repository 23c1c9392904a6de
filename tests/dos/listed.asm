; A program that /etc/dos gives 3.31.
%define VERSION_MAJOR 3
%define VERSION_MINOR 31
%include "version.inc"
