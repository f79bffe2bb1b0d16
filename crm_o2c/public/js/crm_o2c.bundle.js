import "./call";
import "./priority/bands";
import "./priority/explanation";
import "./priority/boost_dialog";
import "./priority/order_panel";
import "./priority/policy_preview";
import "./priority/curve";
import "./checks/index";
