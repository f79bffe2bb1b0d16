import { StageBoard } from "./stage_board/board";

frappe.provide("crm_o2c");
crm_o2c.StageBoard = StageBoard;
