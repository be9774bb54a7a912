"""Which call returns which field, typed from docs/platforms/taobao.md §3.4, §3.5. Imports nothing of the library.

Letters: S sold.get, I increment.get, V incrementv.get, F fullinfo.get, G trade.get. A name that stands nowhere here
(put in by a tester) is returned by every call that asks for it.
"""

from __future__ import annotations

__all__ = ["OAID_COMPANIONS", "ORDER", "SIMPLE_BARRED", "TRADE"]

_TRADE = """
SIVFG: tid status type title seller_nick buyer_nick buyer_open_uid created pay_time consign_time end_time modified
  payment total_fee post_fee discount_fee adjust_fee received_payment num num_iid price pic_path shipping_type orders
  seller_rate buyer_rate order_tax_fee order_tax_promotion_fee
SVFG: commission_fee cod_fee cod_status point_fee real_point_fee buyer_obtain_point_fee sid alipay_no is_daixiao is_wt
SIVF: credit_card_fee step_trade_status step_paid_fee receiver_name receiver_mobile receiver_phone receiver_address
  receiver_country receiver_state receiver_city receiver_district receiver_town receiver_zip oaid seller_flag
  service_orders mark_desc post_gate_declare cross_bonded_declare
SIV: has_buyer_message
SFG: seller_memo o2o o2o_guide_id o2o_guide_name o2o_shop_id o2o_shop_name o2o_delivery o2o_out_trade_id
SVF: is_part_consign acookie_id buyer_area is_lgtype is_brand_sale is_force_wlb
SIF: shop_pick rx_audit_status service_type
SV: async_modified alipay_id nut_feature lg_aging_type lg_aging
SF: send_time seller_flag_tag trade_from promise_sign_time delivery_time collect_time logistics_infos
  logistics_agreement zero_purchase has_yfx yfx_fee yfx_id yfx_type seller_can_rate trade_source es_date es_range
  os_date os_range cutoff_minutes es_time dispatch_time sign_time delivery_cps asdp_biz_type asdp_ads drug_register
  scenario_group is_force_dc post_fee_type real_post_fee refund_post_fee real_receiver_open_id
  real_receiver_display_nick gift_post_fee_role qn_distr superlink_payment superlink_platform_order_id
  superlink_alipay_no sg_extra
FG: buyer_message buyer_memo service_tags arrive_interval arrive_cut_time consign_interval et_ser_time et_shop_name
  et_verified_shop_name et_plate_number eticket_service_addr o2o_et_order_id
SI: is_o2o_passport
F: tid_str timeout_action_time available_confirm_fee buyer_cod_fee seller_cod_fee express_agency_fee tmall_coupon_fee
  coupon_fee paid_coupon_fee platform_subsidy_fee alipay_point pcc_af new_presell est_con_time lm trade_memo top_hold
  team_buy_hold share_group_hold ofp_hold forbid_consign is_sh_ship priority_consign_time promotion_details
  combine_logistics_details receipt_type receipt_rel_ids buyer_alipay_no buyer_email seller_alipay_no seller_mobile
  seller_phone seller_name seller_email has_post_fee snapshot_url promotion is_3D buyer_flag eticket_ext can_rate
  shop_code hk_en_name hk_flight_no hk_china_name hk_card_code hk_card_type hk_flight_date hk_gender hk_birthday
  hk_pickup hk_pickup_id trade_ext o2o_snatch_status et_type market obs et_shop_id trade_attr omni_attr omni_param
  assembly identity o2o_step_trade_detail o2o_step_order_id o2o_voucher_price delay_create_delivery toptype
  o2o_service_mobile o2o_service_name o2o_service_state o2o_service_city o2o_service_district o2o_service_town
  o2o_service_address o2o_step_trade_detail_new o2o_xiaopiao o2o_contract recharge_fee retail_store_code
  retail_out_order_id nr_offline wtt_param nr_store_order_id nr_shop_id nr_shop_name nr_shop_guide_id
  nr_shop_guide_name sort_info sorted nr_no_handle biz_code cloud_store is_gift donee_nick donee_open_uid
  suning_shop_code suning_shop_valid allow_appkeys you_xiang retail_store_id is_istore ua linkedmall_ext_info
  pay_channel rt_omni_send_type rt_omni_store_id rt_omni_outer_store_id tcps_start tcps_code tcps_end m_tariff_fee
  timing_promise promise_service outer_partner_member_id root_cat gifting gifting_takeout oi_date oi_range
  hold_install app_name easy_home_city_type nr_deposit_order_id nr_store_code propoint zqs_order_tag txp_freezer_id
  txp_receive_method expandcard_info extend_info brand_light_shop_source brand_light_shop_store_id is_wmly
  omni_package ncz_ext_attr invoice_detail_pay invoice_detail_mid_refund invoice_detail_after_refund
  expand_card_basic_price expand_card_expand_price expand_card_basic_price_used expand_card_expand_price_used
  is_openmall v_logistics_create q_r_pay order_follow_id ob_tag general_new_presell step_pay_details
  agree_refund_checks address_details stage_address_type og_id delivery_plan omnichannel_param is_cycle_buy play_type
  identify_info logistics_consign_info logistics_modify_info real_name_auth_status third_party_customs_declaration
  payment_method use_gov_subsidy use_gov_predict gov_subsidy_amount_exact net_gov_subsidy_amount
  gov_subsidy_funds_detail net_gov_subsidy_funds_detail gov_subsidy_type gov_subsidy_type_extra gov_pay_type
  gov_sn_check gov_subsidy_delivery_check gov_main_subject gov_store gov_subsidy_activity_type platform_gold_subsidy
  cc_tax_promotion_fee ypds_payment is_inds_qyg is_mss is_gfjy is_yzsqt is_hykl_order_type is_zk_identify
  memo_operator_infos seller_open_uid oldfornew mirror_order
S: tmall_delivery threepl_timing cn_service
I: no_shipping aid
G: pmtp
"""

_ORDER = """
SIVFG: oid status title num_iid sku_id outer_iid outer_sku_id sku_properties_name price num total_fee payment
  discount_fee adjust_fee part_mjz_discount divide_order_fee refund_status store_code seller_type pic_path buyer_rate
  seller_rate item_meal_name sub_order_tax_fee is_daixiao ticket_outer_id ticket_expdate_key is_www sub_order_tax_rate
  zhengji_status sub_order_tax_promotion_fee tax_free tax_coupon_discount
SIVF: refund_id consign_time end_time shipping_type logistics_company invoice_no bind_oid cid item_meal_id
SIFG: special_refund_type tmser_spu_code is_devalue_fee
IVF: is_service_order
SIF: is_idle md_qualification md_fee
SF: promise_collect_time is_force_dc qn_distr superlink_platform_sub_order_id superlink_order_supply_price sg_extra
FG: et_ser_time et_shop_name et_verified_shop_name et_plate_number
F: oid_str timeout_action_time bind_oids bind_oids_all_status is_oversold snapshot_url order_from combine_item_info
  is_free_gift has_gift gift_mids need_return modify_address ti_modify_address_time estimate_con_time customization
  expand_card_basic_price_used_suborder expand_card_expand_price_used_suborder distribute_status item_memo inv_type
  is_sh_ship shipper f_type f_status f_term combo_id order_attr assembly_rela assembly_price assembly_item
  down_payment down_payment_ratio month_payment tail_payment installment_num penalty service_fee car_taker
  car_taker_phone car_taker_id car_store_code car_store_name out_unique_id ws_bank_apply_no fqg_num is_fqg_s_fee
  nr_reduce_inv_fail nr_outer_iid sort_info o2o_guide_id o2o_guide_name o2o_shop_id o2o_shop_name biz_code cloud_store
  hj_settle_no_commission order_taking cloud_store_token cloud_store_bind_pos retail_store_id out_item_id
  rt_omni_outer_sc_id rt_omni_sc_id credit_buy s_tariff_fee timing_promise promise_service es_date es_range os_date
  os_range cutoff_minutes es_time delivery_time collect_time dispatch_time sign_time promise_end_time os_activity_id
  os_fg_item_id os_gift_count os_sort_num propoint is_kaola extend_info brand_light_shop_store_id
  brand_light_shop_source service_order_type service_outer_id lijian auto_flow trade_fulfillment_type b2b_daixiao
  ship_info bundle_id bundle_out_name bundle_type one_yuan_reservation_orders is_jzfx jewcc_no
S: shp_info
"""


def _letters(text: str) -> dict[str, str]:
    table: dict[str, str] = {}
    letters = ""
    for word in text.split():
        if word.endswith(":"):
            letters = word[:-1]
        else:
            table[word] = letters
    return table


TRADE: dict[str, str] = _letters(_TRADE)
ORDER: dict[str, str] = _letters(_ORDER)

OAID_COMPANIONS = frozenset({"receiver_name", "receiver_address", "receiver_mobile", "receiver_phone", "created"})
"""§5: `oaid` comes only when all of these are asked for too."""

SIMPLE_BARRED = frozenset(name for name in TRADE if name.startswith("receiver_")) - {
    "receiver_state",
    "receiver_city",
} | {"oaid"}
"""§3.1: what simple.sold.increment.get never returns."""
